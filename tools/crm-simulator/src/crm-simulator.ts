/** Owns the assembly and the life of one CRM: store, outboxes, HTTP. */
import { randomUUID } from 'node:crypto';
import type { EventPublisher } from './events/event-publisher.js';
import { KafkaPublisher } from './events/kafka-publisher.js';
import { Outbox } from './events/outbox.js';
import { FaultRules } from './faults/fault-rules.js';
import { CallPipeline } from './http/call-pipeline.js';
import { HttpServer } from './http/http-server.js';
import { callRoutes } from './routes/calls.routes.js';
import { faultRoutes } from './routes/faults.routes.js';
import { formRoutes } from './routes/forms.routes.js';
import { healthRoutes } from './routes/health.routes.js';
import { leadRoutes } from './routes/leads.routes.js';
import { segmentRoutes } from './routes/segments.routes.js';
import { sequenceRoutes } from './routes/sequences.routes.js';
import { seedChanges } from './seed/seed-changes.js';
import { CHANNELS, type Channel } from './state/change.js';
import { CrmStore } from './state/crm.store.js';

const TOPICS: Readonly<Record<Channel, string>> = { crm: 'crm.events.v1', connector: 'connector.events.v1' };
const STOP_GRACE_MS = 2_000;

export interface CrmSimulatorOptions {
  /** Address to listen on; loopback unless given. */
  readonly host?: string;
  /** 0 or none: a free one. */
  readonly port?: number;
  readonly brokers: readonly string[];
  /** Kept between starts; its log lies beside it. Made and seeded when it is not there. */
  readonly dataFile: string;
  /** `workspaceid` of events whose call has no `x-workspace-id`. */
  readonly workspaceId?: string | null;
  readonly latencyMs?: number;
  /** Put before both topic names. */
  readonly topicPrefix?: string;
  /** Instead of Kafka, for tests of an outage. */
  readonly publisherOf?: (topic: string) => EventPublisher;
  readonly log?: (line: string) => void;
}

export interface CrmSimulator {
  readonly url: string;
  /** Resolves when the data could not be written; the CRM answers 500 from then on and should be ended. */
  readonly failed: Promise<Error>;
  /** Ends calls under way, sends what the broker takes within 2 s, writes the data. Later calls wait for the first. */
  close(): Promise<void>;
}

/** Starts the CRM; does not wait for the broker, so it also starts during an outage. */
export async function startCrmSimulator(options: CrmSimulatorOptions): Promise<CrmSimulator> {
  const log = options.log ?? ((line: string) => void process.stderr.write(`crm-simulator: ${line}\n`));
  const now = () => new Date();
  const store = await CrmStore.open(options.dataFile, () => seedChanges(now()));
  const faults = new FaultRules();
  const settings = { workspaceId: options.workspaceId ?? null, latencyMs: options.latencyMs ?? 0, now, newId: randomUUID };
  const routes = [
    ...leadRoutes,
    ...segmentRoutes,
    ...sequenceRoutes,
    ...formRoutes,
    ...callRoutes(store.state),
    ...faultRoutes(faults),
    ...healthRoutes(store.state),
  ];
  const server = new HttpServer(routes, new CallPipeline(store, faults, settings), log);
  const port = await server.listen(options.host ?? '127.0.0.1', options.port ?? 0).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });

  const publisherOf = options.publisherOf ?? ((topic: string) => new KafkaPublisher(options.brokers, topic));
  const outboxes = CHANNELS.map(
    (channel) => new Outbox(channel, store, publisherOf(`${options.topicPrefix ?? ''}${TOPICS[channel]}`), log),
  );

  const close = async () => {
    await server.close(STOP_GRACE_MS);
    await Promise.all(outboxes.map((outbox) => outbox.stop(STOP_GRACE_MS)));
    await store.close();
  };
  let closing: Promise<void> | undefined;
  return { url: `http://127.0.0.1:${port}`, failed: store.failed, close: () => (closing ??= close()) };
}
