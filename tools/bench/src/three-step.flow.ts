import { v7 as uuid } from 'uuid';
import type pg from 'pg';

/** Three connector steps in a row that do no work: what is measured is the engine. */
const DEFINITION = {
  graph: {
    steps: [
      { id: 'enrich', type: 'connector', connection: 'bench', action: 'noop.run', input: { lead: '${ payload.lead }' } },
      {
        id: 'draft',
        type: 'connector',
        connection: 'bench',
        action: 'noop.run',
        input: { email: '${ steps.enrich.output.lead.email }' },
      },
      { id: 'add', type: 'connector', connection: 'bench', action: 'noop.run', input: { to: '${ steps.draft.output.email }' } },
    ],
    edges: [
      { from: 'enrich', to: 'draft' },
      { from: 'draft', to: 'add' },
    ],
  },
};

/** A workspace of the bench's own with the flow published; straight into the tables, since REST is not what is measured. */
export async function installThreeStepFlow(pool: pg.Pool): Promise<{ workspaceId: string; workflowId: string }> {
  const [workspaceId, workflowId] = [uuid(), uuid()];
  await pool.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'bench']);
  await pool.query("insert into connections (id, workspace_id, name, provider, role) values ($1, $2, 'bench', 'noop', 'both')", [
    uuid(),
    workspaceId,
  ]);
  await pool.query(
    "insert into workflows (id, workspace_id, name, status, current_version) values ($1, $2, 'three-step', 'active', 1)",
    [workflowId, workspaceId],
  );
  await pool.query(
    "insert into workflow_versions (id, workspace_id, workflow_id, number, status, definition, published_at) values ($1, $2, $3, 1, 'published', $4, now())",
    [uuid(), workspaceId, workflowId, JSON.stringify(DEFINITION)],
  );
  return { workspaceId, workflowId };
}
