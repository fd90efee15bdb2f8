/** Owns sockets: reads requests, sends answers and problems, stops cleanly. Refuses to know what a route does. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallPipeline, WireAnswer } from './call-pipeline.js';
import type { Route } from './http-call.js';
import { HttpProblem } from './http-problem.js';
import { matchRoute } from './router.js';

const MAX_BODY_BYTES = 256 * 1024;

export class HttpServer {
  private readonly server: Server;

  constructor(
    private readonly routes: readonly Route[],
    private readonly pipeline: CallPipeline,
    private readonly log: (line: string) => void,
  ) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** Resolves with the port; rejects where it is taken. `0` takes a free one. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more calls; those under way get `graceMs` to end, then their connections are cut. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const cut = setTimeout(() => this.server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(cut);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.answer(request);
      if (answer.dropped) response.destroy();
      else send(response, answer.status, answer.headers, answer.body);
    } catch (error) {
      // The caller hung up before its request was whole: nothing happened and nobody is there to be told.
      if (request.destroyed && !request.complete) return;
      const problem = error instanceof HttpProblem ? error : this.reportBug(request, error);
      const headers = { ...problem.extra.headers, 'content-type': 'application/problem+json' };
      send(response, problem.status, headers, JSON.stringify(problem.toBody()));
    }
  }

  private async answer(request: IncomingMessage): Promise<WireAnswer> {
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const method = request.method ?? 'GET';
    const { route, params } = matchRoute(this.routes, method, path);
    const body = parseJson(await readBody(request));
    return this.pipeline.carryOut(route, {
      method,
      path,
      params,
      query: new URLSearchParams(search),
      headers: request.headers,
      body,
    });
  }

  private reportBug(request: IncomingMessage, error: unknown): HttpProblem {
    this.log(
      `${request.method} ${request.url} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return new HttpProblem(500, 'internal_error', 'The CRM failed; its log says why.');
  }
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string): void {
  response.writeHead(status, body === '' ? headers : { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Reads to the end even what it will refuse: an answer sent into a half-read request may never reach the caller. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (sizeBytes > MAX_BODY_BYTES) throw new HttpProblem(413, 'body_too_large', `The body has more than ${MAX_BODY_BYTES} bytes.`);
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem(400, 'malformed_json', `The body is not JSON: ${(error as Error).message}.`);
  }
}
