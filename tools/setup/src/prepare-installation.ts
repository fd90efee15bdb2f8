import { topicNames, topicSpecs } from '@flows/contracts';
import { createKafkaDriver, type KafkaLogger } from '@flows/kafka';
import { migrate } from '@flows/postgres';

export interface InstallationPlace {
  databaseUrl: string;
  kafkaBrokers: readonly string[];
  topicPrefix: string;
  partitions: number;
  /** Of new topics; without it the broker's default. */
  replicationFactor?: number;
}

/** Brings schema and topics to what this version of the services expects. May run again at any time, and several at once. */
export async function prepareInstallation(
  place: InstallationPlace,
  log: (line: string) => void,
  logger: KafkaLogger,
): Promise<void> {
  await Promise.all([migrate(place.databaseUrl, log), ensureTopics(place, logger)]);
}

async function ensureTopics(place: InstallationPlace, logger: KafkaLogger): Promise<void> {
  const { replicationFactor } = place;
  const driver = createKafkaDriver({ brokers: [...place.kafkaBrokers], clientId: 'flows-setup', logger });
  try {
    const specs = topicSpecs(topicNames(place.topicPrefix), place.partitions);
    await driver.ensureTopics(specs.map((spec) => (replicationFactor === undefined ? spec : { ...spec, replicationFactor })));
  } finally {
    await driver.close();
  }
}
