import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ActionError } from '../errors/action-error.js';
import { createEgress, type Egress, type EgressRequest } from './egress-fetch.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server on loopback that counts connections: what the guard refuses must not even connect. */
let server: Server;
let port: number;
let connections: number;
let handler: Handler;
const opened = new Set<Socket>();

beforeAll(async () => {
  server = createServer((request, response) => handler(request, response));
  server.on('connection', (socket) => {
    connections += 1;
    opened.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const socket of opened) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  connections = 0;
  handler = (_, response) => response.end('hello');
});

const request = (extra: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  signal: AbortSignal.timeout(5_000),
  ...extra,
});
const failure = async (work: Promise<unknown>): Promise<ActionError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ActionError)) throw new Error('expected an ActionError', { cause: error });
  return error;
};
const within = async (egress: Egress, work: (egress: Egress) => Promise<void>): Promise<void> => {
  await work(egress);
  await egress.close();
};

describe('the guard', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:7f00:1]', '2130706433'])('makes no connection to http://%s', async (host) => {
    await within(createEgress({ allowCidrs: [] }), async ({ fetch }) => {
      const error = await failure(fetch(`http://${host}:${port}/`, request()));
      expect(error.flowError).toMatchObject({ code: 'egress_denied', class: 'non_retryable' });
      expect(error.effectUnknown).toBe(false);
    });
    expect(connections).toBe(0);
  });

  it('makes no connection to a name that resolves to loopback, on an open port or another one', async () => {
    await within(createEgress({ allowCidrs: [], resolver: async () => ['127.0.0.1'] }), async ({ fetch }) => {
      for (const url of ['http://rebind.test/', 'https://rebind.test:8443/', `http://rebind.test:${port}/`]) {
        expect((await failure(fetch(url, request()))).flowError.code).toBe('egress_denied');
      }
    });
    expect(connections).toBe(0);
  });

  it('refuses a name when only one of its addresses is private', async () => {
    await within(createEgress({ allowCidrs: [], resolver: async () => ['93.184.215.14', '127.0.0.1'] }), async ({ fetch }) => {
      expect((await failure(fetch('http://mixed.test/', request()))).flowError.code).toBe('egress_denied');
    });
    expect(connections).toBe(0);
  });

  it('connects to the address that was checked, without a second resolution', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const resolver = async () => answers[asked++] ?? [];
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'], resolver }), async ({ fetch }) => {
      expect((await fetch(`http://rebind.test:${port}/`, request())).body).toBe('hello');
    });
    expect(asked).toBe(1);
    expect(connections).toBe(1);
  });

  it('resolves anew for a new connection, so a rebound name is refused', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    handler = (_, response) => response.writeHead(200, { connection: 'close' }).end();
    await within(
      createEgress({ allowCidrs: ['127.0.0.0/8'], resolver: async () => answers[asked++] ?? [] }),
      async ({ fetch }) => {
        await fetch(`http://rebind.test:${port}/`, request());
        expect((await failure(fetch(`http://rebind.test:${port}/`, request()))).flowError.code).toBe('egress_denied');
      },
    );
    expect(connections).toBe(1);
  });
});

describe('redirects', () => {
  it('are an answer unless following is asked for', async () => {
    handler = (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'] }), async ({ fetch }) => {
      expect((await fetch(`http://127.0.0.1:${port}/`, request())).status).toBe(302);
    });
  });

  it('are checked each: one to a private address is refused without a connection', async () => {
    const inner = createServer((_, response) => response.end('secret'));
    let reached = 0;
    inner.on('connection', () => (reached += 1));
    await new Promise<void>((resolve) => inner.listen(0, '127.0.0.2', resolve));
    const target = (inner.address() as AddressInfo).port;
    handler = (_, response) => response.writeHead(302, { location: `http://127.0.0.2:${target}/` }).end();
    await within(createEgress({ allowCidrs: ['127.0.0.1/32'] }), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request({ followRedirects: true })));
      expect(error.flowError.code).toBe('egress_denied');
    });
    expect(reached).toBe(0);
    await new Promise((resolve) => inner.close(resolve));
  });

  it('stop after three', async () => {
    let hits = 0;
    handler = (_, response) => {
      hits += 1;
      response.writeHead(307, { location: '/again' }).end();
    };
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'] }), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request({ followRedirects: true })));
      expect(error.flowError.code).toBe('too_many_redirects');
    });
    expect(hits).toBe(4);
  });

  it('drop credentials across origins and turn a POST into a GET after 303', async () => {
    const seen: { method: string | undefined; authorization: string | undefined; key: string | undefined; plain: unknown }[] = [];
    handler = (incoming, response) => {
      seen.push({
        method: incoming.method,
        authorization: incoming.headers.authorization,
        key: incoming.headers['x-api-key'] as string | undefined,
        plain: incoming.headers['x-plain'],
      });
      if (incoming.url === '/') response.writeHead(303, { location: `http://127.0.0.2:${port}/next` }).end();
      else response.end('done');
    };
    const both = createServer((incoming, response) => handler(incoming, response));
    await new Promise<void>((resolve) => both.listen(port, '127.0.0.2', resolve));
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'] }), async ({ fetch }) => {
      const headers = { authorization: 'Bearer x', 'x-api-key': 'k', 'x-plain': 'p' };
      const response = await fetch(
        `http://127.0.0.1:${port}/`,
        request({ method: 'POST', body: '{}', headers, followRedirects: true }),
      );
      expect(response.body).toBe('done');
    });
    both.closeAllConnections();
    await new Promise((resolve) => both.close(resolve));
    expect(seen).toEqual([
      { method: 'POST', authorization: 'Bearer x', key: 'k', plain: 'p' },
      { method: 'GET', authorization: undefined, key: undefined, plain: 'p' },
    ]);
  });
});

describe('limits', () => {
  const local = () => createEgress({ allowCidrs: ['127.0.0.0/8'] });

  it('reads no more than 1 MiB of an endless body', async () => {
    handler = (_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const pump = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pump);
      pump();
    };
    await within(local(), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request()));
      expect(error.flowError).toMatchObject({ code: 'response_too_large', class: 'non_retryable' });
    });
  });

  it('counts what a compressed body unpacks to', async () => {
    handler = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024)));
    await within(local(), async ({ fetch }) => {
      expect((await failure(fetch(`http://127.0.0.1:${port}/`, request()))).flowError.code).toBe('response_too_large');
    });
  });

  it('understands a server that compresses unasked', async () => {
    handler = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
    await within(local(), async ({ fetch }) => expect((await fetch(`http://127.0.0.1:${port}/`, request())).body).toBe('packed'));
  });

  it('refuses more than 16 KiB of headers', async () => {
    handler = (_, response) => response.writeHead(200, { 'x-big': 'y'.repeat(20_000) }).end();
    await within(local(), async ({ fetch }) => {
      expect((await failure(fetch(`http://127.0.0.1:${port}/`, request()))).flowError.code).toBe('response_headers_too_large');
    });
  });

  it('ends with the signal, also in the middle of a body', async () => {
    handler = (_, response) => response.write('half');
    await within(local(), async ({ fetch }) => {
      const controller = new AbortController();
      const reason = new Error('deadline');
      const work = fetch(`http://127.0.0.1:${port}/`, request({ signal: controller.signal }));
      setTimeout(() => controller.abort(reason), 50);
      await expect(work).rejects.toBe(reason);
    });
  });

  it.each(['Host', 'transfer-encoding', 'Content-Length'])('refuses to set %s', async (name) => {
    await within(local(), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request({ headers: { [name]: 'x' } })));
      expect(error.flowError).toMatchObject({ code: 'invalid_input', details: { pointer: `#/headers/${name}` } });
    });
    expect(connections).toBe(0);
  });

  it('refuses a header value that would start another header', async () => {
    await within(local(), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request({ headers: { 'x-a': 'a\r\nx-b: b' } })));
      expect(error.flowError.code).toBe('invalid_input');
    });
    expect(connections).toBe(0);
  });
});

describe('network errors', () => {
  it('are known not to have had an effect when nothing was sent', async () => {
    const unused = createServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const closed = (unused.address() as AddressInfo).port;
    await new Promise((resolve) => unused.close(resolve));
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'] }), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${closed}/`, request()));
      expect(error.flowError).toMatchObject({ code: 'network_error', class: 'retryable', details: { cause: 'ECONNREFUSED' } });
      expect(error.effectUnknown).toBe(false);
    });
  });

  it('leave the effect unknown when the connection broke after the request', async () => {
    handler = (incoming) => incoming.socket.destroy();
    await within(createEgress({ allowCidrs: ['127.0.0.0/8'] }), async ({ fetch }) => {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`, request({ method: 'POST', body: 'x' })));
      expect(error.flowError).toMatchObject({ code: 'network_error', class: 'retryable' });
      expect(error.effectUnknown).toBe(true);
    });
  });
});
