import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import { ApiProblem } from './api-problem.js';
import { problemBody } from './problem.filter.js';
import { PROBLEM_KINDS } from './problem-kinds.js';

/** What the router refuses before any route, filter or hook runs: a path that cannot be decoded. */
export function answerFrameworkError(requestId: string, response: ServerResponse): void {
  const problem = new ApiProblem('malformed_request', 'The path is not a well-formed URL path');
  response
    .writeHead(PROBLEM_KINDS[problem.code].status, {
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': requestId,
    })
    .end(JSON.stringify(problemBody(problem, requestId)));
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
