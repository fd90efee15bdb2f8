/**
 * A provider that tests call for real: an HTTP server on loopback that records every call and answers as told.
 *
 * It behaves like a good provider: a call whose Idempotency-Key it has answered gets the same answer again and causes no second
 * effect; the same key with another body is refused with 422. So `effects` counts what happened in the world, `calls` what was sent.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';

export interface RecordedCall {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  idempotencyKey: string | null;
  body: string;
  /** SHA-256 of the body, hex. */
  bodyHash: string;
  /** Counted from 1 per idempotency key (per path where there is none). */
  attempt: number;
  receivedAt: number;
  /** When the caller went away before it had the whole answer; null while it waits, and when it got one. */
  abandonedAt: number | null;
}

export interface Answer {
  /** Default 200. */
  status?: number;
  /** A text is sent as it is, anything else as JSON. Default `{}`. */
  body?: unknown;
  headers?: Record<string, string>;
  delayMs?: number;
  /** Never answers; the connection stays open until the caller gives up. */
  hang?: boolean;
  /** The effect happens, then the connection breaks before the answer: the caller cannot know. */
  breakAfterEffect?: boolean;
  /** The connection breaks before anything happens. */
  breakBeforeEffect?: boolean;
}

export type AnswerScript = (call: RecordedCall) => Answer | Promise<Answer>;

export interface RecordingProvider {
  readonly url: string;
  /** In order of arrival. */
  readonly calls: readonly RecordedCall[];
  /** Calls that changed the world: answered below 400 (or broken after the effect), once per idempotency key. */
  readonly effects: readonly RecordedCall[];
  callsOf(idempotencyKey: string): RecordedCall[];
  /** Replaces the script that answers. Default: 200 `{}`. */
  answer(script: AnswerScript | Answer): void;
  /** Answers for the next calls, before the script is asked. */
  answerNext(...answers: Answer[]): void;
  /** Forgets calls, effects and scripts. */
  reset(): void;
  close(): Promise<void>;
}

export async function startRecordingProvider(): Promise<RecordingProvider> {
  const state = new ProviderState();
  const server = createServer((request, response) => {
    serve(state, request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(error.message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return state.calls;
    },
    get effects() {
      return state.effects;
    },
    callsOf: (key) => state.calls.filter((call) => call.idempotencyKey === key),
    answer: (script) => (state.script = typeof script === 'function' ? script : () => script),
    answerNext: (...answers) => state.next.push(...answers),
    reset: () => state.reset(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class ProviderState {
  calls: RecordedCall[] = [];
  effects: RecordedCall[] = [];
  next: Answer[] = [];
  script: AnswerScript = () => ({});
  /** What was answered, by idempotency key. */
  readonly settled = new Map<string, { bodyHash: string; answer: Answer }>();

  reset(): void {
    this.calls = [];
    this.effects = [];
    this.next = [];
    this.script = () => ({});
    this.settled.clear();
  }

  record(request: IncomingMessage, body: string): RecordedCall {
    const key = request.headers['idempotency-key'];
    const idempotencyKey = typeof key === 'string' ? key : null;
    const path = request.url ?? '/';
    const earlier = this.calls.filter((call) =>
      idempotencyKey === null ? call.path === path : call.idempotencyKey === idempotencyKey,
    );
    const call: RecordedCall = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      idempotencyKey,
      body,
      bodyHash: createHash('sha256').update(body).digest('hex'),
      attempt: earlier.length + 1,
      receivedAt: Date.now(),
      abandonedAt: null,
    };
    this.calls.push(call);
    return call;
  }

  /** The answer to a call, and its effect where it has one. */
  async settle(call: RecordedCall): Promise<Answer> {
    const earlier = call.idempotencyKey === null ? undefined : this.settled.get(call.idempotencyKey);
    if (earlier !== undefined) {
      return earlier.bodyHash === call.bodyHash
        ? earlier.answer
        : { status: 422, body: { error: 'idempotency key reused with another body' } };
    }
    const answer = this.next.shift() ?? (await this.script(call));
    const succeeds = (answer.status ?? 200) < 400 && answer.hang !== true && answer.breakBeforeEffect !== true;
    if (!succeeds) return answer;
    this.effects.push(call);
    const { breakAfterEffect: _, delayMs: __, ...again } = answer;
    if (call.idempotencyKey !== null) this.settled.set(call.idempotencyKey, { bodyHash: call.bodyHash, answer: again });
    return answer;
  }
}

async function serve(state: ProviderState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const call = state.record(request, Buffer.concat(chunks).toString('utf8'));
  response.once('close', () => {
    if (!response.writableFinished) call.abandonedAt = Date.now();
  });
  const answer = await state.settle(call);
  if (answer.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
  if (answer.breakBeforeEffect === true || answer.breakAfterEffect === true) return void request.socket.destroy();
  if (answer.hang === true) return;
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers }).end(body);
}
