import { fromTypeId } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { publishFlow, type Definition } from '../../harness/flows.js';
import type { RunView } from '../../harness/views.js';
import type { Stage } from '../stage.js';

/** What scenarios have in common: starting runs, and waiting for what a mutant may never do. */

export const uuidOf = (runTypeId: string): string => fromTypeId('run', runTypeId) ?? runTypeId;

/** @returns the plain id of a run that was accepted, noted in the client's history. */
export async function start(stage: Stage, flow: Definition | string, payload: object = {}): Promise<string> {
  const { client } = stage.workspace;
  const workflowId = typeof flow === 'string' ? flow : await publishFlow(client, flow);
  const id = await stage.installation.history.note('start', async () => {
    const { status, body } = await client.post<RunView>(`/flows/workflows/${workflowId}/runs`, { payload });
    return status < 300 ? uuidOf(body.id) : null;
  });
  if (id === null) throw new Error('The run was not accepted');
  return id;
}

/** Waits until the facts of a run hold, or as long as one would wait for a mutant. */
export async function untilFact(
  stage: Stage,
  runId: string,
  type: string,
  stepId: string | null = null,
  timeoutMs = 6_000,
): Promise<boolean> {
  return eventually(
    async () => {
      const rows = await stage.installation.database.query(
        'select from run_facts where run_id = $1 and type = $2 and ($3::text is null or step_id = $3)',
        [runId, type, stepId],
      );
      return rows.length > 0;
    },
    { timeoutMs, pollMs: 20 },
  ).then(
    () => true,
    () => false,
  );
}

/** Waits until the runs have ended, or as long as one would wait for a mutant. */
export async function untilEnded(stage: Stage, runIds: readonly string[], timeoutMs = 6_000): Promise<boolean> {
  return eventually(
    async () => {
      const rows = await stage.installation.database.query(
        `select from runs where id = any ($1::uuid[]) and status in ('completed', 'failed', 'cancelled', 'timed_out')`,
        [runIds],
      );
      return rows.length === runIds.length;
    },
    { timeoutMs, pollMs: 20 },
  ).then(
    () => true,
    () => false,
  );
}
