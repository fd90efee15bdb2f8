import { describe, expect, it } from '@jest/globals';
import { topicNames, toRunEvent, toTypeId, type StepRunCommand } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { initialState } from '@flows/run-machine';
import type { StoredFact } from '../runs/run.store.js';
import { outgoingMessages } from './outgoing-messages.js';

const runId = '01890a5d-ac96-774b-bcce-b302099a8057';
const workspaceId = '01890a5d-ac96-774b-bcce-b302099a8001';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('outgoingMessages', () => {
  it('says facts as run events and commands to their pool, keyed by run, with the trace of what caused them', () => {
    const facts = [
      {
        seq: 1,
        type: 'run.started',
        at: 1_764_000_000_000,
        step_id: undefined,
        data: { workflow_id: toTypeId('wf', runId), version: 1 },
        caused_by: 'x',
      },
      {
        seq: 2,
        type: 'step.skipped',
        at: 1_764_000_000_001,
        step_id: 'a',
        data: { reason: 'when', live_edges: [] },
        caused_by: 'x',
      },
    ] as unknown as StoredFact[];
    const command = { id: 'attempt', run_id: runId } as StepRunCommand;
    const arrived = {
      input: { type: 'run.nudged', id: 'x', run_id: runId, workspace_id: workspaceId, at: 0 } as const,
      traceparent,
      message: {} as KafkaMessage,
    };
    const messages = outgoingMessages(
      [
        {
          arrived,
          state: initialState({
            runId,
            workspaceId,
            workflowId: runId,
            version: 1,
            payload: null,
            trigger: { type: 'api' },
            createdAt: 0,
          }),
          timeoutMs: 1,
          facts,
          commands: [
            { type: 'step.run', pool: 'agent', command },
            { type: 'timer.arm', timerId: 't', dueAt: 1 },
          ],
        },
      ],
      topicNames('p.'),
    );
    expect(messages.map(({ topic, key, headers }) => [topic, key, headers?.['ce_type'], headers?.['traceparent']])).toEqual([
      ['p.flows.step-commands.agent.v1', runId, 'step.run', traceparent],
      ['p.flows.run-events.v1', runId, 'run.started', traceparent],
      ['p.flows.run-events.v1', runId, 'step.skipped', traceparent],
    ]);
    expect(messages.slice(1).map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual(
      facts.map((fact) => toRunEvent(toTypeId('run', runId), fact)),
    );
  });
});
