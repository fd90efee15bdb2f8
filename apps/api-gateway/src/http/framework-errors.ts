import { v7 as uuid } from 'uuid';
import type { Socket } from 'node:net';
import { ApiProblem } from './api-problem.js';
import { problemBody } from './problem.filter.js';
import { PROBLEM_KINDS } from './problem-kinds.js';

interface PlainReply {
  code(status: number): PlainReply;
  header(name: string, value: string): PlainReply;
  send(body: string): unknown;
}

/** What the router refuses before any route, filter or hook runs: a path that cannot be decoded. */
export function answerFrameworkError(_error: Error, request: { readonly id: string }, reply: PlainReply): void {
  const problem = new ApiProblem('malformed_request', 'The path is not a well-formed URL path');
  void reply
    .code(PROBLEM_KINDS[problem.code].status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('x-request-id', request.id)
    .send(JSON.stringify(problemBody(problem, request.id)));
}

/** What is no HTTP at all, or whose header fields are too large: there is no request yet, only a socket. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy(error);
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new ApiProblem('headers_too_large', 'The header fields have more than 16 KiB')
      : new ApiProblem('malformed_request', 'This is not a complete, well-formed HTTP request');
  const id = uuid();
  const body = JSON.stringify(problemBody(problem, id));
  const { status } = PROBLEM_KINDS[problem.code];
  const head = [
    `HTTP/1.1 ${status} ${problem.code}`,
    'content-type: application/problem+json; charset=utf-8',
    `x-request-id: ${id}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
