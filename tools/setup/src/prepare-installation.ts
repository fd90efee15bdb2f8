import { topicNames, topicSpecs } from '@flows/contracts';
import { createKafkaDriver, type KafkaLogger } from '@flows/kafka';
import { migrate } from '@flows/postgres';

export interface InstallationPlace {
  databaseUrl: string;
  kafkaBrokers: readonly string[];
  topicPrefix: string;
  partitions: number;
  replicationFactor: number;
}

/** Brings schema and topics to what this version of the services expects. May run again at any time, and several at once. */
export async function prepareInstallation(
  place: InstallationPlace,
  log: (line: string) => void,
  logger: KafkaLogger,
): Promise<void> {
  await migrate(place.databaseUrl, log);
  const driver = createKafkaDriver({ brokers: [...place.kafkaBrokers], clientId: 'flows-setup', logger });
  try {
    const specs = topicSpecs(topicNames(place.topicPrefix), place.partitions);
    await driver.ensureTopics(specs.map((spec) => ({ ...spec, replicationFactor: place.replicationFactor })));
    log(`topics are there: ${specs.map((spec) => spec.name).join(', ')}`);
  } finally {
    await driver.close();
  }
}
