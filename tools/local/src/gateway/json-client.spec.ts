import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JsonClient } from './json-client.js';

let server: Server;
let client: JsonClient;
beforeAll(async () => {
  server = createServer((request, response) => {
    const problem = {
      code: 'invalid_body',
      detail: 'The body has problems',
      errors: [{ pointer: '#/name', code: 'required', message: 'is required' }],
    };
    if (request.url === '/empty') response.writeHead(204).end();
    else if (request.url === '/page') response.writeHead(502).end('<html>');
    else if (request.url === '/wrong?x=1') response.writeHead(422).end(JSON.stringify(problem));
    else request.pipe(response.writeHead(200, { 'x-got': request.headers.authorization }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new JsonClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { authorization: 'Bearer x' });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('JsonClient', () => {
  it('sends and reads JSON', async () => {
    await expect(client.call('POST', '/echo', { a: 1 })).resolves.toEqual({ a: 1 });
    await expect(client.call('DELETE', '/empty')).resolves.toBeUndefined();
  });

  it('tells what was wrong, in the words of the problem', async () => {
    await expect(client.call('POST', '/wrong?x=1', {})).rejects.toMatchObject({
      status: 422,
      code: 'invalid_body',
      message: 'POST /wrong was answered with 422 invalid_body: The body has problems; #/name is required',
    });
    await expect(client.get('/page')).rejects.toThrow('GET /page was answered with 502: <html>');
  });
});
