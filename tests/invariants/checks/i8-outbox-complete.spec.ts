import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence, TopicRecord } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { checkI8 } from './i8-outbox-complete.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI8(evidence).map(({ what }) => what);
const recordOf = (topic: string): TopicRecord => evidence.records.find((record) => record.topic === topic)!;
const without = (record: TopicRecord) => (evidence.records = evidence.records.filter((one) => one !== record));

describe('I8: told and committed are the same', () => {
  it('names a fact that was never published, and an attempt that was never commanded', () => {
    without(recordOf(evidence.topicNames.runEvents));
    without(recordOf(evidence.topicNames.stepCommands('connector')));
    expect(said()).toEqual(['the fact run.started was never published', 'the attempt was never commanded']);
  });

  it('does not ask for what was there before the topics were lost', () => {
    evidence.records = [];
    evidence.conditions.kafkaLostAt = Infinity;
    expect(said()).toEqual([]);
  });

  it('names what was told and is not so', () => {
    evidence.facts = evidence.facts.filter(({ run_id }) => run_id !== busy.waited);
    expect(said()).toEqual(expect.arrayContaining(['a run event without a fact', 'a command without a fact']));
  });

  it('names a run event that says something else', () => {
    const record = recordOf(evidence.topicNames.runEvents);
    record.value = record.value!.replace('run.started', 'run.paused');
    expect(said()).toEqual([expect.stringContaining('something else')]);
  });

  it('names what was told before it was so', () => {
    recordOf(evidence.topicNames.runEvents).timestamp -= 5;
    expect(said()).toEqual(['published 5.0 ms before its fact was committed']);
    for (const fact of evidence.facts) fact.committed_at = null;
    expect(said()).toEqual([]);
  });
});
