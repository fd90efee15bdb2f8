import { STEP_POOLS, type StepPool } from '../step-commands/step-command.js';

/** Every topic, by what it carries. `prefix` sets installations apart on one cluster. */
export interface Topics {
  crmEvents: string;
  connectorEvents: string;
  runInputs: string;
  runEvents: string;
  stepCommands(pool: StepPool): string;
  deadLetters(topic: string): string;
}

export function topicNames(prefix = ''): Topics {
  return {
    crmEvents: `${prefix}crm.events.v1`,
    connectorEvents: `${prefix}connector.events.v1`,
    runInputs: `${prefix}flows.run-inputs.v1`,
    runEvents: `${prefix}flows.run-events.v1`,
    stepCommands: (pool) => `${prefix}flows.step-commands.${pool}.v1`,
    deadLetters: (topic) => `${topic}.dlq`,
  };
}

export interface TopicSpec {
  name: string;
  partitions: number;
  config: Record<string, string>;
}

const DAY_MS = 86_400_000;

/**
 * Largest record of our topics. A step's output or input is 1 MiB of JSON at most, which may be three times that in UTF-8; a producer
 * that refuses what is allowed elsewhere would hold up its partition for ever.
 */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
/** For producers: below the record limit by what a batch adds to a record. */
export const PRODUCER_LIMITS = {
  maxMessageBytes: MAX_RECORD_BYTES - 64 * 1024,
  maxRequestBytes: MAX_RECORD_BYTES - 64 * 1024,
} as const;

/** What must exist before a service starts. Partitions are fixed for life: changing them breaks the order per key. */
export function topicSpecs(topics: Topics, partitions: number): TopicSpec[] {
  const kept = (days: number) => ({ 'retention.ms': String(days * DAY_MS), 'max.message.bytes': String(MAX_RECORD_BYTES) });
  const streams = [
    topics.crmEvents,
    topics.connectorEvents,
    topics.runInputs,
    ...STEP_POOLS.map((pool) => topics.stepCommands(pool)),
  ];
  return [
    ...streams.map((name) => ({ name, partitions, config: kept(7) })),
    { name: topics.runEvents, partitions, config: kept(7) },
    ...streams.map((name) => ({ name: topics.deadLetters(name), partitions: 1, config: kept(30) })),
  ];
}
