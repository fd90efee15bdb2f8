import type { MessageHandler } from '@nestjs/microservices';
import type { SubscribedTopic } from '../kafka-driver.port.js';
import { BATCH_PATTERN_EXTRA, topicsOf, type BatchPatternOptions } from './batch-pattern.decorator.js';

export interface ExpectedHandler {
  group: string;
  topic: string;
}

export interface PlannedRoute {
  handler: MessageHandler;
  topics: readonly string[];
  combine: boolean;
}

/** One consumer: all that one group subscribes to. */
export interface PlannedConsumer {
  group: string;
  topics: readonly SubscribedTopic[];
  routes: readonly PlannedRoute[];
  partitionsConcurrently: number;
  maxBytesPerPartition: number | undefined;
  maxWaitMs: number | undefined;
}

export interface PlanNames {
  group(declared: string): string;
  topics(declared: string): readonly string[];
}

const shared = ['partitionsConcurrently', 'maxBytesPerPartition', 'maxWaitMs'] as const;

interface Declared {
  pattern: string;
  handler: MessageHandler;
  options: BatchPatternOptions;
  group: string;
  topics: readonly string[];
}

/** Groups the handlers of an application into consumers. Pure; lists everything that is wrong instead of stopping at the first. */
export const planConsumers = (
  handlers: ReadonlyMap<string, MessageHandler>,
  names: PlanNames,
  expected: readonly ExpectedHandler[] = [],
): { consumers: PlannedConsumer[]; problems: string[] } => {
  const problems: string[] = [];
  const declared: Declared[] = [];
  for (const [pattern, handler] of handlers) {
    const options = handler.extras?.[BATCH_PATTERN_EXTRA] as BatchPatternOptions | undefined;
    if (!options) problems.push(`Handler "${pattern}" has no Kafka options: declare it with @BatchPattern.`);
    else if (handler.next)
      problems.push(`Group ${options.group} has two handlers for ${topicsOf(options).join(', ')}: keep one.`);
    else
      declared.push({
        pattern,
        handler,
        options,
        group: names.group(options.group),
        topics: topicsOf(options).flatMap((topic) => names.topics(topic)),
      });
  }
  if (handlers.size === 0) problems.push('No handler is declared with @BatchPattern: is the controller part of a module?');
  problems.push(...duplicates(declared), ...unserved(declared, expected));
  const groups = Map.groupBy(declared, ({ group }) => group);
  const consumers = [...groups].map(([group, members]) => planConsumer(group, members, problems));
  return { consumers, problems };
};

const planConsumer = (group: string, members: readonly Declared[], problems: string[]): PlannedConsumer => {
  for (const key of shared) {
    const values = new Set(members.flatMap(({ options }) => options[key] ?? []));
    if (values.size > 1)
      problems.push(`Group ${group} declares ${key} as ${[...values].join(' and as ')}: its handlers share one consumer.`);
  }
  const first = <K extends (typeof shared)[number]>(key: K) =>
    members.map(({ options }) => options[key]).find((value) => value !== undefined);
  const combines = members.some(({ options }) => options.combine);
  return {
    group,
    topics: members.flatMap(({ topics, options: { fromBeginning = true } }) => topics.map((topic) => ({ topic, fromBeginning }))),
    routes: members.map(({ handler, topics, options: { combine = false } }) => ({ handler, topics, combine })),
    partitionsConcurrently: first('partitionsConcurrently') ?? (combines ? 32 : 4),
    maxBytesPerPartition: first('maxBytesPerPartition'),
    maxWaitMs: first('maxWaitMs'),
  };
};

const duplicates = (declared: readonly Declared[]): string[] => {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { group, topics } of declared) {
    for (const topic of topics) {
      const key = `Group ${group} has two handlers for ${topic}: keep one.`;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  }
  return [...twice];
};

const unserved = (declared: readonly Declared[], expected: readonly ExpectedHandler[]): string[] =>
  expected
    .filter(({ group, topic }) => !declared.some((one) => one.options.group === group && topicsOf(one.options).includes(topic)))
    .map(({ group, topic }) => `No handler for topic ${topic} in group ${group}: add a @BatchPattern for it.`);
