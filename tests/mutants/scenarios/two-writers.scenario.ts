import { v7 as uuid } from 'uuid';
import { fromTypeId, internalHeaders, workspaceUuid, type FactData, type RunInput } from '@flows/contracts';
import { publishFlow } from '../../harness/flows.js';
import type { Stage } from '../stage.js';
import { start, uuidOf, untilEnded, untilFact } from './play.js';

const STEPS = ['a', 'b', 'c', 'd', 'e', 'f'];
const work = (id: string) => ({ id, type: 'connector', connection: 'crm', action: 'leads.get', input: { lead_id: 'lead_0001' } });

/**
 * Two orchestrators get inputs of one run in turn, as after a partition has moved and come back, so that each has an old state of it in
 * its memory. The scenario plays the executor, which is how it says to whom each report goes. And a request comes whose row was never
 * committed.
 */
export const twoWriters = {
  cast: { replicas: ['orchestrator'] as const, absent: ['step-executor'] as const },
  async act(stage: Stage) {
    const workflowId = await publishFlow(stage.workspace.client, { graph: { steps: STEPS.map(work), edges: [] } });
    const run = await start(stage, workflowId);
    await untilFact(stage, run, 'step.scheduled', STEPS.at(-1));
    const phantom = uuid();
    await publish(stage, requestOf(stage, phantom, workflowId), 0);
    for (const [index, step] of STEPS.entries()) {
      await publish(stage, await reportOf(stage, run, step), index % 4);
      await untilFact(stage, run, 'step.completed', step, 1_500);
    }
    await untilEnded(stage, [run], 1_500);
    return { faults: true, inputsReordered: true, graceMs: 1_000 };
  },
};

async function reportOf({ installation, workspace }: Stage, runId: string, stepId: string): Promise<RunInput> {
  const [fact] = await installation.database.query<{ data: FactData['step.scheduled'] }>(
    `select data from run_facts where run_id = $1 and type = 'step.scheduled' and step_id = $2`,
    [runId, stepId],
  );
  const { attempt, attempt_id } = fact!.data;
  const outcome = { status: 'completed', output: { from: stepId } } as const;
  return {
    ...base(`rep:${attempt_id}`, runId, workspace.id),
    type: 'step.reported',
    step_id: stepId,
    attempt,
    outcome,
    started_at: Date.now(),
    executor: 'scenario',
  };
}

function requestOf({ workspace }: Stage, runId: string, workflowTypeId: string): RunInput {
  return {
    ...base(`req:${runId}`, runId, workspace.id),
    type: 'run.requested',
    workflow_id: fromTypeId('wf', workflowTypeId) ?? workflowTypeId,
    version: 1,
    payload: {},
    trigger: { type: 'api' },
    created_at: Date.now(),
  };
}

const base = (id: string, runId: string, workspaceId: string) => ({
  id,
  run_id: uuidOf(runId),
  workspace_id: workspaceUuid(workspaceId) ?? workspaceId,
  at: Date.now(),
});

async function publish({ installation }: Stage, input: RunInput, partition: number): Promise<void> {
  const headers = internalHeaders(input.type, input.id, '/tests', input.workspace_id);
  await installation.producer.publish([
    { topic: installation.topics.runInputs, key: input.run_id, value: JSON.stringify(input), headers, partition },
  ]);
}
