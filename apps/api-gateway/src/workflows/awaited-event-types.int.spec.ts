import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

const WORKFLOWS = '/api/v1/flows/workflows';
let gateway: TestGateway;
let workspace: TestWorkspace;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-awaited');
  workspace = await gateway.createWorkspace();
}, 120_000);
afterAll(() => gateway.close());

const waitFor = (id: string, type: string) => ({ id, type: 'wait', event: { type, timeout: '1d' } });
const graph = {
  steps: [
    waitFor('reply', 'email.replied'),
    {
      id: 'each',
      type: 'foreach',
      items: 'payload.leads',
      graph: { steps: [waitFor('opened', 'email.opened'), waitFor('any', 'deal.*')], edges: [] },
    },
  ],
  edges: [],
};

describe('publishing', () => {
  it('makes the workspace keep the events that its runs may wait for, those of loops too', async () => {
    const awaited = async () =>
      (
        await gateway.database.query<{ event_type: string }>(
          'select event_type from awaited_event_types where workspace_id = $1 order by 1',
          [fromTypeId('ws', workspace.id)],
        )
      ).map(({ event_type }) => event_type);
    const { id } = (await workspace.client.post(WORKFLOWS, { name: 'Waits', graph })).json;
    expect(await awaited()).toEqual([]);
    expect((await workspace.client.post(`${WORKFLOWS}/${id}/publish`)).status).toBe(200);
    expect(await awaited()).toEqual(['deal.*', 'email.opened', 'email.replied']);
    await publishWorkflow(workspace, { graph });
    expect(await awaited()).toHaveLength(3);
  });
});

describe('flow steps', () => {
  it('name a workflow of the workspace, by id or by name', async () => {
    const child = await publishWorkflow(workspace, {
      name: 'Child',
      input_schema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
    });
    const problemsOf = async (workflow: string, input: unknown = { n: 1 }) => {
      const body = { name: 'Parent', graph: { steps: [{ id: 'call', type: 'flow', workflow, input }], edges: [] } };
      const answer = await workspace.client.post(WORKFLOWS, body);
      return answer.status === 201 ? [] : answer.json.errors.map(({ code }: { code: string }) => code);
    };
    expect(await problemsOf(child)).toEqual([]);
    expect(await problemsOf('Child')).toEqual([]);
    expect(await problemsOf('Nobody')).toEqual(['unknown_workflow']);
    expect(await problemsOf(child, { n: 'x' })).toEqual(['input_schema_mismatch']);
    const other = await gateway.createWorkspace();
    const theirs = await publishWorkflow(other);
    expect(await problemsOf(theirs)).toEqual(['unknown_workflow']);
  });
});
