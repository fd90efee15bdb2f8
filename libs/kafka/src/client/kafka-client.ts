import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import kafkajs, { type ISocketFactoryArgs, type Kafka, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { KafkaLogger } from '../kafka-logger.js';
import { applyPatches } from '../patches/apply-patches.js';
import { createLogCreator } from './log-mapping.js';

export interface KafkaConnectionConfig {
  /** `host:port` of some brokers; the rest is discovered. */
  brokers: readonly string[];
  clientId: string;
  logger: KafkaLogger;
  /** `true` or the TLS options of Node; absent means plain text. */
  ssl?: boolean | ConnectionOptions;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

const KEEP_ALIVE_DELAY_MS = 60_000;
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;

const backoff = { initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 };

/** MEASURED: with these a consumer rides out a broker restart without error; the defaults give up after some ten seconds. */
export const PATIENT_RETRIES = 1000;

/** For callers that retry by themselves under a deadline of their own. */
export const NO_RETRIES = 0;

/**
 * One kafkajs client per producer, consumer and admin, each with sockets of its own: closing one can neither strand nor revive another.
 */
export class KafkaClient {
  readonly kafka: Kafka;
  private readonly sockets = new Set<Socket>();
  private destroyed = false;

  constructor(config: KafkaConnectionConfig, retries: number) {
    applyPatches();
    this.kafka = new kafkajs.Kafka({
      brokers: [...config.brokers],
      clientId: config.clientId,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: this.retryOptions(retries),
      socketFactory: (args) => this.openSocket(args),
      logCreator: createLogCreator(config.logger, () => this.destroyed),
      ...(config.ssl === undefined ? {} : { ssl: config.ssl }),
      ...(config.sasl === undefined ? {} : { sasl: config.sasl as SASLOptions }),
    });
  }

  /** Breaks every connection and refuses new ones, so that no retry inside kafkajs goes on behind our back. */
  destroy(): void {
    this.destroyed = true;
    for (const socket of this.sockets) socket.destroy(new Error('client destroyed'));
  }

  /**
   * kafkajs cannot be told to give up, and would try for a quarter of an hour to reach the brokers of a client that nobody needs any more.
   * It compares the number of retries anew before each, so the number may change.
   */
  private retryOptions(retries: number): RetryOptions {
    const whileAlive = { valueOf: () => (this.destroyed ? 0 : retries) };
    return { ...backoff, retries: whileAlive as unknown as number, restartOnFailure: async () => !this.destroyed };
  }

  /** As kafkajs does, and without Nagle: a request must not wait for the acknowledgement of the one before. */
  private openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    if (this.destroyed) throw new Error('client destroyed');
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}
