import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiProblem } from './api-problem.js';

/** Errors of the framework and of the database in this API's words. What is none of them is a bug: `internal_error`. */
export function toApiProblem(error: unknown, request: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof HttpException || hasStatus(error)) return fromStatus(statusOf(error), request);
  if (isUnavailable(error)) {
    return new ApiProblem(
      'unavailable',
      'The database does not answer; try again. A POST is done once when it comes again with the same Idempotency-Key',
      { headers: { 'retry-after': '1' } },
    );
  }
  return new ApiProblem('internal_error', 'The request could not be completed; the request id finds it in our logs');
}

function fromStatus(status: number, { method, url, headers }: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): ApiProblem {
  switch (status) {
    case 404:
      return new ApiProblem('route_not_found', `There is no route ${method} ${url.split('?')[0]}`);
    case 413:
      return new ApiProblem('body_too_large', 'A body has at most 2 MiB');
    case 414:
      return new ApiProblem('malformed_request', 'A part of the path is too long');
    case 415:
      return new ApiProblem(
        'unsupported_media_type',
        `Send application/json, not ${headers['content-type'] ?? 'a body without Content-Type'}`,
        {
          headers: { 'accept-post': 'application/json' },
        },
      );
    case 503:
      return new ApiProblem('unavailable', 'The service is about to stop; try again', { headers: { 'retry-after': '1' } });
    default:
      if (status >= 400 && status < 500) return new ApiProblem('malformed_request', 'The request cannot be understood');
      return new ApiProblem('internal_error', 'The request could not be completed; the request id finds it in our logs');
  }
}

function hasStatus(error: unknown): error is { statusCode: number } {
  return typeof (error as { statusCode?: unknown } | null)?.statusCode === 'number';
}

function statusOf(error: HttpException | { statusCode: number }): number {
  return error instanceof HttpException ? error.getStatus() : error.statusCode;
}

/**
 * Connection exceptions (08), shutdown (57P), too many connections (53300), time-outs of a statement (57014) or lock (55P03), deadlocks
 * and lost races (40…), and sockets that broke: the same request may succeed a moment later.
 */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (
    typeof code === 'string' &&
    /^(08...|57P..|53300|57014|55P03|40P01|40001|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code)
  )
    return true;
  return typeof message === 'string' && /timeout exceeded when trying to connect|Connection terminated/.test(message);
}
