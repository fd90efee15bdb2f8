import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { TestClient } from '../../test/test-client.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { createToken } from './api-token.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
const WORKFLOWS = '/api/v1/flows/workflows';
const KEYS = '/api/v1/api-keys';

beforeAll(async () => {
  gateway = await startTestGateway('gateway-access');
  workspace = await gateway.createWorkspace();
}, 120_000);
afterAll(() => gateway.close());

const as = (token: string) => new TestClient(gateway.app, token);

describe('authentication', () => {
  it('answers 401 without a hint to whatever is no live token', async () => {
    const revoked = (await workspace.client.post(KEYS, { name: 'r', scopes: ['flows:read'] })).json;
    await workspace.client.delete(`${KEYS}/${revoked.id}`);
    const expired = (await workspace.client.post(KEYS, { name: 'e', scopes: ['flows:read'], expires_at: '2999-01-01T00:00:00Z' }))
      .json;
    await gateway.database.query("update api_keys set expires_at = now() - interval '1 second' where prefix = $1", [
      expired.prefix,
    ]);
    const typo = workspace.token.slice(0, -1) + (workspace.token.endsWith('a') ? 'b' : 'a');
    const bodies = [];
    for (const authorization of [
      `Bearer ${revoked.token}`,
      `Bearer ${expired.token}`,
      `Bearer ${typo}`,
      `Bearer ${createToken()}`,
      'Bearer tnx_short',
      'Bearer ',
      'Basic dXNlcjpwYXNz',
      workspace.token,
      `Bearer ${workspace.token} x`,
      'Bearer \u00e9',
    ]) {
      const answer = await gateway.anonymous.get(WORKFLOWS, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="flows", error="invalid_token"');
      bodies.push({ ...answer.json, instance: '', request_id: '' });
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    const missing = await gateway.anonymous.get(WORKFLOWS);
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, 'Bearer realm="flows"']);
  });

  it('takes the scheme in any case', async () => {
    expect((await gateway.anonymous.get(WORKFLOWS, { authorization: `bearer ${workspace.token}` })).status).toBe(200);
  });

  it('forgets a key at once when another replica revokes it', async () => {
    const key = (await workspace.client.post(KEYS, { name: 'other', scopes: ['flows:read'] })).json;
    expect((await as(key.token).get(WORKFLOWS)).status).toBe(200);
    await gateway.database.query('update api_keys set revoked_at = now() where prefix = $1 and name = $2', [key.prefix, 'other']);
    const [row] = await gateway.database.query<{ id: string }>('select id from api_keys where prefix = $1 and name = $2', [
      key.prefix,
      'other',
    ]);
    await gateway.database.query("select pg_notify('flows_key_revoked', $1)", [row?.id]);
    await eventually(async () => (await as(key.token).get(WORKFLOWS)).status === 401);
  });

  it('stores a hash only, and notes the last use', async () => {
    const [row] = await gateway.database.query<{ hash: Buffer }>('select * from api_keys where prefix = $1', [
      workspace.token.slice(0, 8),
    ]);
    expect(row?.hash).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain(workspace.token.slice(8));
    await eventually(async () => (await workspace.client.get(KEYS)).json.items.at(-1).last_used_at);
  });
});

describe('authorisation', () => {
  it('needs the scope of the route, and says which', async () => {
    const key = (await workspace.client.post(KEYS, { name: 'reader', scopes: ['flows:read'] })).json;
    expect((await as(key.token).get(WORKFLOWS)).status).toBe(200);
    const refused = await as(key.token).post(WORKFLOWS, { name: 'x' });
    expect(refused.json).toMatchObject({ status: 403, code: 'insufficient_scope', required_scope: 'flows:write' });
    expect(refused.headers['www-authenticate']).toContain('scope="flows:write"');
    expect((await as(key.token).get(KEYS)).json.code).toBe('insufficient_scope');
  });

  it.each([
    [['flows:write'], [200, 201, 403, 403]],
    [['runs:trigger'], [403, 403, 404, 403]],
    [['runs:control'], [200, 403, 404, 403]],
    [['admin'], [200, 201, 404, 200]],
    [
      ['connections:manage', 'approvals:decide'],
      [403, 403, 403, 403],
    ],
  ])('lets %j do what they include', async (scopes, expected) => {
    const key = (await workspace.client.post(KEYS, { name: 'k', scopes })).json;
    const client = as(key.token);
    const statuses = [
      (await client.get(WORKFLOWS)).status,
      (await client.post(WORKFLOWS, { name: 'x' })).status,
      (await client.post(`${WORKFLOWS}/wf_01h455vb4pex5vsknk084sn02q/runs`, {})).status,
      (await client.get(KEYS)).status,
    ];
    expect(statuses).toEqual(expected);
  });

  it('keeps the installation and workspaces apart', async () => {
    expect((await workspace.client.post('/api/v1/workspaces', { name: 'x' })).json.code).toBe('admin_token_required');
    expect((await gateway.admin.get(WORKFLOWS)).json.code).toBe('workspace_token_required');
    expect((await gateway.admin.get('/api/v1/workspaces')).json.items).toContainEqual(
      expect.objectContaining({ id: workspace.id, name: 'Test' }),
    );
  });
});

describe('api keys', () => {
  it('are shown with their token once', async () => {
    const created = (
      await workspace.client.post(KEYS, {
        name: 'CI',
        scopes: ['flows:read', 'runs:trigger'],
        expires_at: '2999-01-01T00:00:00+02:00',
      })
    ).json;
    expect(created).toMatchObject({
      id: expect.stringMatching(/^key_/),
      name: 'CI',
      scopes: ['flows:read', 'runs:trigger'],
      expires_at: '2998-12-31T22:00:00.000Z',
      token: expect.stringMatching(/^tnx_/),
    });
    const { items } = (await workspace.client.get(KEYS)).json;
    const { token, ...shown } = created;
    expect(items[0]).toEqual(shown);
    expect(JSON.stringify(items)).not.toContain(token);
  });

  it('never leave a token behind in a kept answer', async () => {
    const header = { 'idempotency-key': 'key-1' };
    const first = await workspace.client.post(KEYS, { name: 'once', scopes: ['flows:read'] }, header);
    const again = await workspace.client.post(KEYS, { name: 'once', scopes: ['flows:read'] }, header);
    expect(again.json).toEqual({ ...first.json, token: null });
    const kept = await gateway.database.query('select body from idempotency_keys');
    expect(JSON.stringify(kept)).not.toContain(first.json.token);
  });

  it('name every wrong field', async () => {
    const { json } = await workspace.client.post(KEYS, { name: ' ', scopes: ['flows:read', 'root'], expires_at: 'tomorrow' });
    expect(json.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual(['#/expires_at', '#/name', '#/scopes']);
    expect(
      (await workspace.client.post(KEYS, { name: 'x', scopes: ['flows:read'], expires_at: '2020-01-01T00:00:00Z' })).json.errors,
    ).toMatchObject([{ pointer: '#/expires_at', code: 'past' }]);
  });

  it('of another workspace cannot be revoked', async () => {
    const other = await gateway.createWorkspace();
    const { items } = (await workspace.client.get(KEYS)).json;
    expect((await other.client.delete(`${KEYS}/${items[0].id}`)).status).toBe(404);
    expect((await workspace.client.delete(`${KEYS}/${items[0].id}`)).status).toBe(204);
    expect((await workspace.client.delete(`${KEYS}/${items[0].id}`)).status).toBe(204);
  });
});
