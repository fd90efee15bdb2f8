import { describe, expect, it } from '@jest/globals';
import { EvidenceWorld, START, WORKSPACE } from '../testing/evidence.world.js';
import { checkI1 } from './i1-event-starts-one-run.js';

/** A trigger on hot leads, one event that it matches and one that it does not. */
function decided() {
  const world = new EvidenceWorld();
  const { evidence } = world;
  const runId = world.start({ steps: [{ id: 'one', type: 'transform', output: 1 }], edges: [] });
  const run = evidence.runs.find(({ id }) => id === runId)!;
  const trigger = {
    id: world.newId(),
    workspace_id: WORKSPACE,
    workflow_id: run.workflow_id,
    type: 'crm_event',
    enabled: true,
    event_type: 'lead.*',
    source: null,
    filter: 'event.data.tier == "hot"',
    created_at: START - 60_000,
    updated_at: START - 60_000,
  };
  evidence.triggers.push(trigger);
  const produce = (id: string, tier: string) => {
    const event = { specversion: '1.0', id, source: '/crm', type: 'lead.created', workspaceid: WORKSPACE, data: { tier } };
    world.record(evidence.topicNames.crmEvents, '', '', JSON.stringify(event));
    evidence.records.at(-1)!.headers = {};
  };
  produce('hot', 'hot');
  produce('cold', 'cold');
  const base = { workspace_id: WORKSPACE, trigger_id: trigger.id, event_source: '/crm', reason: 'why' };
  const [hot, cold] = [
    { ...base, event_id: 'hot', verdict: 'started', run_id: runId as string | null },
    { ...base, event_id: 'cold', verdict: 'filtered', run_id: null },
  ];
  evidence.decisions.push(hot, cold);
  Object.assign(run, {
    trigger_id: trigger.id,
    event_id: 'hot',
    trigger: { type: 'crm_event', trigger_id: trigger.id, event_id: 'hot', event: { source: '/crm' } },
  });
  return { evidence, trigger, run, hot, cold };
}

describe('I1: an event starts one run per trigger that matches', () => {
  it('holds where the event that matches started one run and the other none', () => {
    expect(checkI1(decided().evidence)).toEqual([]);
  });

  it('names an event that nobody decided on', () => {
    const { evidence, cold } = decided();
    evidence.decisions = evidence.decisions.filter((decision) => decision !== cold);
    expect(checkI1(evidence)).toEqual([
      expect.objectContaining({ invariant: 'I1', what: expect.stringContaining('no decision') }),
    ]);
  });

  it('asks for nothing about a record that was refused with its reason', () => {
    const { evidence, cold } = decided();
    evidence.decisions = evidence.decisions.filter((decision) => decision !== cold);
    const { topic, partition, offset } = evidence.records.at(-1)!;
    evidence.deadLetters.push({ topic, partition, offset, error_code: 'data_invalid' });
    expect(checkI1(evidence)).toEqual([]);
  });

  it('names a second run of one event', () => {
    const { evidence, run } = decided();
    evidence.runs.push({ ...run, id: 'another' });
    expect(checkI1(evidence)[0]?.what).toContain('2 runs were started');
  });

  it('names a decision whose run is not there', () => {
    const { evidence, hot } = decided();
    evidence.runs = [];
    expect(checkI1(evidence)[0]?.what).toContain(`names run ${hot.run_id}, and there is none`);
  });

  it('names a run that no decision started', () => {
    const { evidence, hot, cold } = decided();
    evidence.decisions = [cold, { ...hot, run_id: 'another' }];
    expect(checkI1(evidence)).toHaveLength(1);
  });

  it('computes matches itself: an event that was filtered though it matches, and one that started though it does not', () => {
    const { evidence, hot, cold } = decided();
    Object.assign(hot, { verdict: 'filtered', run_id: null });
    Object.assign(cold, { verdict: 'started' });
    const said = checkI1(evidence).map(({ what }) => what);
    expect(said).toEqual(
      expect.arrayContaining([expect.stringContaining('was filtered'), expect.stringContaining('does not hold')]),
    );
  });

  it('asks for nothing about an event that came around an edit of the trigger', () => {
    const { evidence, trigger, cold } = decided();
    evidence.decisions = evidence.decisions.filter((decision) => decision !== cold);
    trigger.updated_at = START + 1_000;
    expect(checkI1(evidence)).toEqual([]);
  });
});
