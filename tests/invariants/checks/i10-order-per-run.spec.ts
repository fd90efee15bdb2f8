import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence, TopicRecord } from '../evidence/evidence.js';
import { busyWorld } from '../testing/busy-world.js';
import { checkI10 } from './i10-order-per-run.js';

let evidence: Evidence;
let events: TopicRecord[];
beforeEach(() => {
  const busy = busyWorld();
  ({ evidence } = busy.world);
  events = evidence.records.filter(({ topic, key }) => topic === evidence.topicNames.runEvents && key === busy.waited);
});
const said = () => checkI10(evidence).map(({ what }) => what);

describe('I10: run events keep their order', () => {
  it('holds when some come again later', () => {
    evidence.records.push(...events);
    expect(said()).toEqual([]);
  });

  it('names one that overtakes another', () => {
    const [first, second] = events as [TopicRecord, TopicRecord];
    [first.headers, second.headers] = [second.headers, first.headers];
    expect(said()).toEqual(expect.arrayContaining(['run event 1 came first after 2']));
  });

  it('names a gap, unless the topic was lost', () => {
    evidence.records = evidence.records.filter((record) => record !== events[1]);
    expect(said()).toEqual(['run event 3 came after 1, those between did not']);
    evidence.conditions.kafkaLostAt = 1;
    expect(said()).toEqual([]);
  });

  it('names a run whose events are scattered', () => {
    Object.assign(events[1]!, { partition: 3, key: 'another' });
    expect(said()).toEqual([expect.stringContaining('the key another'), expect.stringContaining('partition 0 and in 3')]);
  });
});
