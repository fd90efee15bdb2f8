/**
 * PostgreSQL and Kafka of this installation, ready for services: running, migrated, with all topics, and started again when they die.
 * Refuses to touch servers that somebody else runs beyond schema and topics.
 */
import { join } from 'node:path';
import { startInfrastructure, startPostgres, type Infrastructure, type RunningPostgres } from '@flows/infrastructure';
import { silentLogger } from '@flows/kafka';
import { prepareInstallation } from '@flows/setup';
import { withPatience } from '../console/patience.js';
import type { Say } from '../console/say.js';
import type { LocalConfig } from '../local.config.js';
import { KeptServer } from './kept-server.js';

export const POSTGRES = 'postgres';
export const KAFKA = 'kafka';

export type OnPid = (server: string, pid: number | undefined) => void;

export class LocalInfrastructure {
  private kept: readonly KeptServer[] = [];
  private postgres: RunningPostgres | undefined;

  private constructor(
    private readonly servers: Infrastructure,
    private readonly root: string,
    private readonly say: Say,
  ) {
    this.postgres = servers.postgres;
  }

  /** @param root holds the data of both servers. */
  static async start(config: LocalConfig, root: string, say: Say): Promise<LocalInfrastructure> {
    const { databaseUrl, kafkaBrokers } = config;
    const starting = startInfrastructure({ root, durable: true, databaseUrl, kafkaBrokers, log: say });
    const awaited = [databaseUrl === undefined ? ['PostgreSQL'] : [], kafkaBrokers === undefined ? ['Kafka'] : []]
      .flat()
      .join(' and ');
    return new LocalInfrastructure(await withPatience(say, () => `starting ${awaited}`, starting), root, say);
  }

  get databaseUrl(): string {
    return this.servers.databaseUrl;
  }

  get kafkaBrokers(): string {
    return this.servers.kafkaBrokers;
  }

  /** Schema and topics. Changes nothing where they are as they should be. */
  async prepare({ kafkaTopicPrefix, kafkaPartitions }: LocalConfig): Promise<void> {
    const place = {
      databaseUrl: this.databaseUrl,
      kafkaBrokers: this.kafkaBrokers.split(','),
      topicPrefix: kafkaTopicPrefix,
      partitions: kafkaPartitions,
    };
    const prepared = prepareInstallation(place, (line) => this.say(`PostgreSQL: ${line}`), silentLogger);
    await withPatience(this.say, () => 'creating topics and schema', prepared);
  }

  /** From now on a server that dies is started again. */
  keep(onPid: OnPid): void {
    const { kafka } = this.servers;
    if (this.postgres) this.kept = [...this.kept, this.keepPostgres(onPid)];
    if (!kafka) return;
    const options = { name: 'Kafka', pid: () => kafka.pid, restart: () => kafka.restart() };
    this.kept = [...this.kept, new KeptServer({ ...options, say: this.say, onPid: (pid) => onPid(KAFKA, pid) })];
    onPid(KAFKA, kafka.pid);
  }

  /** Stops what we started, data kept. To be called when no service runs any more. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.kept.map((server) => server.letGo()));
    const own = [this.servers.postgres && 'PostgreSQL', this.servers.kafka && 'Kafka'].filter((name) => name !== undefined);
    if (own.length > 0) this.say(`Stopping ${own.join(' and ')} …`);
    await Promise.all([this.postgres?.stop(), this.servers.stop()]);
  }

  private keepPostgres(onPid: OnPid): KeptServer {
    onPid(POSTGRES, this.postgres?.pid);
    return new KeptServer({
      name: 'PostgreSQL',
      pid: () => this.postgres?.pid,
      restart: () => this.restartPostgres(),
      say: this.say,
      onPid: (pid) => onPid(POSTGRES, pid),
    });
  }

  /** On the same data and port. @throws when somebody took the port meanwhile: the services know only that one. */
  private async restartPostgres(): Promise<void> {
    const { port } = this.postgres as RunningPostgres;
    await this.postgres?.stop();
    this.postgres = await startPostgres({ dataDir: join(this.root, 'postgres'), durable: true, port, log: this.say });
    if (this.postgres.port === port) return;
    await this.postgres.stop();
    throw new Error(`port ${port} was taken meanwhile`);
  }
}
