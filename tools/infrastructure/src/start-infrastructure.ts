/**
 * PostgreSQL and Kafka for `npm start`, tests and bench: the ones that the configuration names, else real servers of our own.
 * Owns starting both at once and stopping both; refuses to know what they are used for.
 */
import { join } from 'node:path';
import { readInfrastructureConfig, type InfrastructureConfig } from './infrastructure.config.js';
import { startKafka, type RunningKafka } from './kafka/start-kafka.js';
import type { Log } from './log.js';
import { startPostgres, type RunningPostgres } from './postgres/start-postgres.js';

export interface InfrastructureOptions {
  /** Holds `postgres/` and `kafka/`, kept between starts. */
  readonly root: string;
  /** `false` for data that is thrown away afterwards: no fsync, a quick stop. */
  readonly durable: boolean;
  /** Used instead of a server of our own; without it `DATABASE_URL`. */
  readonly databaseUrl?: string | undefined;
  /** Used instead of a broker of our own; without it `KAFKA_BROKERS`. */
  readonly kafkaBrokers?: string | undefined;
  readonly log: Log;
  readonly config?: InfrastructureConfig;
}

export interface Infrastructure {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  /** `undefined` when somebody else runs it. */
  readonly postgres: RunningPostgres | undefined;
  /** `undefined` when somebody else runs it. */
  readonly kafka: RunningKafka | undefined;
  /** Stops what we started, and nothing else. Idempotent; to be called after every client has left. */
  stop(): Promise<void>;
}

/** Both or none: when one server does not start, the other is stopped before this rejects. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const config = options.config ?? readInfrastructureConfig();
  const { root, durable, log } = options;
  const databaseUrl = options.databaseUrl ?? config.databaseUrl;
  const kafkaBrokers = options.kafkaBrokers ?? config.kafkaBrokers;

  const [postgres, kafka] = await Promise.allSettled([
    databaseUrl === undefined
      ? timed('PostgreSQL', log, () => startPostgres({ dataDir: join(root, 'postgres'), durable, log }))
      : undefined,
    kafkaBrokers === undefined
      ? timed('Kafka', log, () => startKafka({ dataDir: join(root, 'kafka'), durable, log, config }))
      : undefined,
  ]);
  const started = [postgres, kafka].flatMap((outcome) =>
    outcome.status === 'fulfilled' && outcome.value ? [outcome.value] : [],
  );
  const stopAll = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  if (postgres.status === 'rejected' || kafka.status === 'rejected') {
    await stopAll();
    const reasons = [postgres, kafka].flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    throw new Error(reasons.map(({ message }) => message).join('\n'), { cause: reasons[0] });
  }

  let stopping: Promise<void> | undefined;
  return {
    databaseUrl: postgres.value?.url ?? (databaseUrl as string),
    kafkaBrokers: kafka.value?.brokers ?? (kafkaBrokers as string),
    postgres: postgres.value,
    kafka: kafka.value,
    stop: () => (stopping ??= stopAll()),
  };
}

async function timed<T extends { pid: number | undefined }>(name: string, log: Log, start: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const server = await start();
  log(
    `${name} ready in ${((performance.now() - from) / 1000).toFixed(1)} s${server.pid === undefined ? '' : ` (process ${server.pid})`}`,
  );
  return server;
}
