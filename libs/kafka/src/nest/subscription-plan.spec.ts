import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { BATCH_PATTERN_EXTRA, type BatchPatternOptions } from './batch-pattern.decorator.js';
import { planConsumers } from './subscription-plan.js';

const asDeclared = { group: (name: string) => name, topics: (name: string) => [name] };
const handlerFor = (options?: BatchPatternOptions): MessageHandler =>
  Object.assign(async () => {}, { extras: options ? { [BATCH_PATTERN_EXTRA]: options } : {} });
const handlers = (...all: MessageHandler[]) => new Map(all.map((handler, index) => [`pattern-${index}`, handler]));

describe('planConsumers', () => {
  it('gives each group one consumer for all its topics', () => {
    const { consumers, problems } = planConsumers(
      handlers(
        handlerFor({ topic: 'a', group: 'one', partitionsConcurrently: 6 }),
        handlerFor({ topic: ['b', 'c'], group: 'one', fromBeginning: false }),
        handlerFor({ topic: 'a', group: 'two', combine: true }),
      ),
      asDeclared,
    );
    expect(problems).toEqual([]);
    expect(consumers).toMatchObject([
      {
        group: 'one',
        partitionsConcurrently: 6,
        topics: [
          { topic: 'a', fromBeginning: true },
          { topic: 'b', fromBeginning: false },
          { topic: 'c', fromBeginning: false },
        ],
      },
      { group: 'two', partitionsConcurrently: 32, routes: [{ topics: ['a'], combine: true }] },
    ]);
  });

  it('uses the names that are in force', () => {
    const names = { group: (name: string) => `eu.${name}`, topics: (name: string) => [`eu.${name}`, `us.${name}`] };
    const { consumers, problems } = planConsumers(handlers(handlerFor({ topic: 'a', group: 'one' })), names, [
      { group: 'one', topic: 'a' },
    ]);
    expect(problems).toEqual([]);
    expect(consumers).toMatchObject([{ group: 'eu.one', topics: [{ topic: 'eu.a' }, { topic: 'us.a' }] }]);
  });

  it('lists everything that is wrong', () => {
    const twice = Object.assign(handlerFor({ topic: 'x', group: 'g' }), { next: handlerFor() });
    const { problems } = planConsumers(
      handlers(
        handlerFor(),
        twice,
        handlerFor({ topic: 'a', group: 'one', maxWaitMs: 1 }),
        handlerFor({ topic: ['a', 'b'], group: 'one', maxWaitMs: 2 }),
      ),
      asDeclared,
      [
        { group: 'one', topic: 'b' },
        { group: 'two', topic: 'b' },
      ],
    );
    expect(problems).toEqual([
      'Handler "pattern-0" has no Kafka options: declare it with @BatchPattern.',
      'Group g has two handlers for x: keep one.',
      'Group one has two handlers for a: keep one.',
      'No handler for topic b in group two: add a @BatchPattern for it.',
      'Group one declares maxWaitMs as 1 and as 2: its handlers share one consumer.',
    ]);
  });

  it('refuses an application without any handler', () => {
    expect(planConsumers(new Map(), asDeclared).problems).toEqual([
      'No handler is declared with @BatchPattern: is the controller part of a module?',
    ]);
  });
});
