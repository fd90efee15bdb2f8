import type { TestWorkspace } from './start-test-gateway.js';

const WORKFLOWS = '/api/v1/flows/workflows';

/** A published workflow of three steps that needs nothing of the workspace. @returns its id. */
export async function publishWorkflow({ client }: TestWorkspace, body: object = {}): Promise<string> {
  const graph = {
    steps: [
      { id: 'first', type: 'transform', name: 'First', output: '${ payload }' },
      { id: 'pick', type: 'branch' },
      { id: 'last', type: 'wait', for: '1h' },
    ],
    edges: [
      { from: 'first', to: 'pick' },
      { from: 'pick', to: 'last' },
    ],
  };
  const { id } = (await client.post(WORKFLOWS, { name: 'Published', graph, ...body })).json;
  const { status } = await client.post(`${WORKFLOWS}/${id}/publish`);
  if (status !== 200) throw new Error(`publishing answered ${status}`);
  return String(id);
}
