import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { expect } from '@jest/globals';
import { PROBLEM_KINDS, problemType, type ProblemCode } from '../src/http/problem-kinds.js';

export interface TestAnswer {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
  /** Tests look into answers of many shapes. */
  json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}
type Headers = Record<string, string>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Requests as a client sends them. INVARIANT: whatever is no success must be a well-formed problem, in every test that sends anything.
 */
export class TestClient {
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly token: string | null,
  ) {}

  get = (url: string, headers?: Headers) => this.send('GET', url, undefined, headers);
  post = (url: string, body?: unknown, headers?: Headers) => this.send('POST', url, body, headers);
  put = (url: string, body: unknown, headers?: Headers) => this.send('PUT', url, body, headers);
  patch = (url: string, body: unknown, headers?: Headers) => this.send('PATCH', url, body, headers);
  delete = (url: string, headers?: Headers) => this.send('DELETE', url, undefined, headers);

  /** @param body a text is sent as it is, anything else as JSON. */
  async send(method: string, url: string, body?: unknown, headers: Headers = {}): Promise<TestAnswer> {
    const response = await this.app.inject({
      method: method as Method,
      url,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = response.payload;
    const answer: TestAnswer = {
      status: response.statusCode,
      headers: response.headers as TestAnswer['headers'],
      text,
      json: text === '' || !String(response.headers['content-type']).includes('json') ? null : JSON.parse(text),
    };
    if (answer.status >= 400) expectProblem(answer);
    return answer;
  }
}

function expectProblem({ status, headers, json }: TestAnswer): void {
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const code = json.code as ProblemCode;
  expect(json).toMatchObject({
    type: problemType(code),
    title: PROBLEM_KINDS[code].title,
    status,
    detail: expect.any(String),
    instance: `/requests/${json.request_id}`,
    request_id: headers['x-request-id'],
  });
  expect(PROBLEM_KINDS[code].status).toBe(status);
  for (const error of (json.errors ?? []) as object[])
    expect(error).toMatchObject({
      pointer: expect.stringMatching(/^#/),
      code: expect.stringMatching(/^[a-zA-Z_]+$/),
      message: expect.any(String),
    });
}
