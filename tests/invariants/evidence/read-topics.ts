import { randomUUID } from 'node:crypto';
import { STEP_POOLS, type Topics } from '@flows/contracts';
import type { KafkaDriver } from '@flows/kafka';
import type { TopicRecord } from './evidence.js';

/** What the product writes and reads, without its dead letters. */
export function streamsOf(topics: Topics): string[] {
  return [
    topics.crmEvents,
    topics.connectorEvents,
    topics.runInputs,
    topics.runEvents,
    ...STEP_POOLS.map((pool) => topics.stepCommands(pool)),
  ];
}

const GIVE_UP_MS = 30_000;

/** Every record of the topics from the first one on, up to where they end now. Read by a group of its own, which nobody else sees. */
export async function readTopics(driver: KafkaDriver, topics: readonly string[]): Promise<TopicRecord[]> {
  const group = `evidence-${randomUUID()}`;
  const ends = (await driver.groupLag(group, topics)).filter(({ lag }) => lag > 0);
  const missing = new Map(ends.map(({ topic, partition, end }) => [`${topic}/${partition}`, BigInt(end)]));
  if (missing.size === 0) return [];
  const records: TopicRecord[] = [];
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  const tooLong = setTimeout(() => reject(new Error(`Not all records came: ${[...missing.keys()].join(', ')}`)), GIVE_UP_MS);
  const subscription = await driver.consume({
    group,
    topics: topics.map((topic) => ({ topic })),
    partitionsConcurrently: 4,
    onFatal: reject,
    onBatch: (batch) => {
      const place = `${batch.topic}/${batch.partition}`;
      const end = missing.get(place);
      for (const message of batch.messages) {
        if (end === undefined || BigInt(message.offset) >= end) continue;
        const { topic, partition, offset, key, headers, value, timestamp } = message;
        records.push({
          topic,
          partition,
          offset: Number(offset),
          key,
          headers,
          timestamp,
          value: value?.toString('utf8') ?? null,
        });
      }
      const last = batch.messages.at(-1);
      if (last !== undefined && end !== undefined && BigInt(last.offset) + 1n >= end) missing.delete(place);
      if (missing.size === 0) resolve();
      return Promise.resolve();
    },
  });
  try {
    await complete;
  } finally {
    clearTimeout(tooLong);
    await subscription.stop();
  }
  const inOrder = records.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset);
  requireWhole(inOrder);
  return inOrder;
}

/** Nothing is compacted and nothing is transactional here: a gap is a record that the reader has missed, and no evidence of anything else. */
function requireWhole(records: readonly TopicRecord[]): void {
  for (const [index, { topic, partition, offset }] of records.entries()) {
    const before = records[index - 1];
    if (before?.topic !== topic || before.partition !== partition) continue;
    if (offset !== before.offset + 1)
      throw new Error(`The reader got offset ${offset} of ${topic}/${partition} after ${before.offset}`);
  }
}
