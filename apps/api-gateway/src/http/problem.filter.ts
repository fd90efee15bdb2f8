import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from './api-problem.js';
import { toApiProblem } from './foreign-errors.js';
import { PROBLEM_KINDS, problemType } from './problem-kinds.js';

/**
 * The only place where an error becomes an answer: RFC 9457 for every non-2xx, whoever threw it (a route, a guard, the body
 * parser, the router). What is our fault is logged whole and told in one neutral sentence.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(SERVICE_LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = error instanceof ApiProblem ? error : toApiProblem(error, request);
    const { status } = PROBLEM_KINDS[problem.code];
    if (status >= 500)
      this.logger.error(
        { err: error, request_id: request.id, method: request.method, url: request.url.split('?')[0] },
        problem.code,
      );
    if (reply.sent) return;
    for (const [name, value] of Object.entries(problem.details.headers ?? {})) void reply.header(name, value);
    void reply
      .code(status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(problemBody(problem, request.id)));
  }
}

export function problemBody(problem: ApiProblem, requestId: string): Record<string, unknown> {
  const { status, title } = PROBLEM_KINDS[problem.code];
  return {
    type: problemType(problem.code),
    title,
    status,
    detail: problem.detail,
    instance: `/requests/${requestId}`,
    code: problem.code,
    request_id: requestId,
    ...problem.details.extensions,
    ...(problem.details.errors === undefined ? {} : { errors: problem.details.errors }),
  };
}
