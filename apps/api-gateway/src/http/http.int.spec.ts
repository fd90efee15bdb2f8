import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

let gateway: TestGateway;
let workspace: TestWorkspace;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-http');
  workspace = await gateway.createWorkspace();
}, 120_000);
afterAll(() => gateway.close());

const WORKFLOWS = '/api/v1/flows/workflows';

describe('what is no success', () => {
  it('says that a route does not exist, and which methods one takes', async () => {
    expect((await workspace.client.get('/nowhere?x=1')).json).toMatchObject({ status: 404, code: 'route_not_found' });
    const wrong = await workspace.client.send('PATCH', WORKFLOWS, {});
    expect(wrong.json).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(wrong.headers['allow']).toBe('GET, HEAD, POST');
  });

  it('tells malformed from invalid', async () => {
    expect((await workspace.client.post(WORKFLOWS, '{"name": ')).json.code).toBe('malformed_json');
    expect((await workspace.client.post(WORKFLOWS, '{"__proto__": {"a": 1}}')).json.code).toBe('malformed_json');
    expect((await workspace.client.post(WORKFLOWS, `${'['.repeat(200)}${']'.repeat(200)}`)).json.code).toBe('malformed_json');
    expect((await workspace.client.post(WORKFLOWS, '[]')).json).toMatchObject({
      status: 422,
      errors: [{ pointer: '#', code: 'object' }],
    });
    expect((await workspace.client.post(WORKFLOWS, '"text"')).json.status).toBe(422);
    expect(
      (await workspace.client.post(WORKFLOWS, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })).json.code,
    ).toBe('unsupported_media_type');
    expect((await workspace.client.post(WORKFLOWS, `{"name":"${'x'.repeat(2 * 1024 * 1024)}"}`)).json.code).toBe(
      'body_too_large',
    );
    expect((await workspace.client.get('/api/v1/flows/workflows/%zz')).json.code).toBe('malformed_request');
  });

  it('is a problem document also where there is no request yet', async () => {
    await gateway.app.listen(0, '127.0.0.1');
    const { port } = gateway.app.getHttpServer().address() as AddressInfo;
    const send = async (bytes: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(bytes);
      return text(socket);
    };
    for (const [bytes, status, code] of [
      ['no http at all\r\n\r\n', 400, 'malformed_request'],
      [`GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ] as const) {
      const [head = '', body = ''] = (await send(bytes)).split('\r\n\r\n');
      expect(head).toContain(`HTTP/1.1 ${status}`);
      expect(head).toContain('content-type: application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ status, code });
    }
  });

  it('names every problem of a body at once', async () => {
    const { json } = await workspace.client.post(WORKFLOWS, { nam: 'x', description: 5, constructor: 1, settings: [] });
    expect(json.code).toBe('validation_failed');
    expect(json.errors.map((error: { pointer: string; code: string }) => [error.pointer, error.code])).toEqual([
      ['#/nam', 'unknown_key'],
      ['#/constructor', 'unknown_key'],
      ['#/name', 'required'],
      ['#/description', 'text'],
      ['#/settings', 'object'],
    ]);
  });

  it('refuses what could not be stored, with its place', async () => {
    const { json } = await workspace.client.post(WORKFLOWS, '{"name":"a\\u0000b","output":{"x":"\\ud800","n":1e999}}');
    expect(json.errors.map((error: { pointer: string; code: string }) => [error.pointer, error.code])).toEqual([
      ['#/name', 'nul_character'],
      ['#/output/x', 'lone_surrogate'],
      ['#/output/n', 'number_too_large'],
    ]);
  });

  it('treats null as a value, not as absent', async () => {
    expect((await workspace.client.post(WORKFLOWS, { name: 'x', description: null })).json.errors).toMatchObject([
      { pointer: '#/description' },
    ]);
  });

  it('gives 404 for an id that is none, of another kind, or of nobody', async () => {
    for (const id of ['x', 'run_01h455vb4pex5vsknk084sn02q', 'wf_01h455vb4pex5vsknk084sn02q', 'wf_01H455VB4PEX5VSKNK084SN02Q']) {
      expect((await workspace.client.get(`${WORKFLOWS}/${id}`)).json).toMatchObject({ status: 404, code: 'not_found' });
    }
  });
});

describe('every answer', () => {
  it("carries a request id, the caller's own where it is harmless", async () => {
    expect((await gateway.anonymous.get('/api/v1/health/live')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await gateway.anonymous.get('/api/v1/health/live', { 'x-request-id': 'my-request.1' })).headers['x-request-id']).toBe(
      'my-request.1',
    );
    expect((await gateway.anonymous.get('/api/v1/health/live', { 'x-request-id': 'a b' })).headers['x-request-id']).not.toBe(
      'a b',
    );
  });

  it('reports health without a token', async () => {
    expect((await gateway.anonymous.get('/api/v1/health/ready')).json).toEqual({
      status: 'ok',
      checks: { database: 'ok', kafka: 'ok' },
    });
  });
});

describe('lists', () => {
  it('clamp a large limit, refuse a wrong one, and walk without gap or repeat while rows are added', async () => {
    const { client } = await gateway.createWorkspace();
    for (let index = 0; index < 205; index += 1) await client.post(WORKFLOWS, { name: `w${index}` });
    const clamped = (await client.get(`${WORKFLOWS}?limit=5000`)).json;
    expect([clamped.total, clamped.items.length]).toEqual([205, 200]);
    for (const limit of ['0', '-1', 'ten', '1.5'])
      expect((await client.get(`${WORKFLOWS}?limit=${limit}`)).json.errors).toMatchObject([{ pointer: '#/limit' }]);
    const names: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const { json } = await client.get(`${WORKFLOWS}?limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`);
      names.push(...json.items.map((item: { name: string }) => item.name));
      cursor = json.next_cursor;
      if (cursor !== null) await client.post(WORKFLOWS, { name: 'added meanwhile' });
    }
    expect(cursor).toBeNull();
    expect(names).toEqual(Array.from({ length: 205 }, (_, index) => `w${204 - index}`));
  }, 60_000);

  it('refuse a cursor that is junk, of another workspace, or of other filters', async () => {
    const one = await gateway.createWorkspace();
    const other = await gateway.createWorkspace();
    for (const name of ['a', 'b']) await one.client.post(WORKFLOWS, { name });
    const { next_cursor: cursor } = (await one.client.get(`${WORKFLOWS}?limit=1`)).json;
    expect((await one.client.get(`${WORKFLOWS}?limit=1&cursor=${cursor}`)).json.items).toMatchObject([{ name: 'a' }]);
    for (const url of [`?cursor=junk`, `?cursor=${cursor.slice(0, -2)}xx`, `?cursor=${cursor}&q=a`]) {
      expect((await one.client.get(`${WORKFLOWS}${url}`)).json.code).toBe('invalid_cursor');
    }
    expect((await other.client.get(`${WORKFLOWS}?cursor=${cursor}`)).json.code).toBe('invalid_cursor');
  });

  it('filter by status and text, and refuse unknown filters', async () => {
    const { client } = await gateway.createWorkspace();
    await client.post(WORKFLOWS, { name: '100% done', description: 'x' });
    await client.post(WORKFLOWS, { name: 'other' });
    expect((await client.get(`${WORKFLOWS}?q=100%25`)).json.items).toHaveLength(1);
    expect((await client.get(`${WORKFLOWS}?q=%25`)).json.items).toHaveLength(1);
    expect((await client.get(`${WORKFLOWS}?status=draft&status=active`)).json.total).toBe(2);
    expect((await client.get(`${WORKFLOWS}?status=active`)).json.total).toBe(0);
    expect((await client.get(`${WORKFLOWS}?trigger_type=crm_event`)).json.total).toBe(0);
    expect((await client.get(`${WORKFLOWS}?status=sleeping`)).json.errors).toMatchObject([{ pointer: '#/status' }]);
    expect((await client.get(`${WORKFLOWS}?colour=red`)).json.errors).toMatchObject([
      { pointer: '#/colour', code: 'unknown_key' },
    ]);
    expect((await client.get(`${WORKFLOWS}?created_after=2026-01-01`)).json.errors).toMatchObject([
      { pointer: '#/created_after', code: 'timestamp' },
    ]);
  });
});
