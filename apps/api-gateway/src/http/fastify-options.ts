import type { FastifyOptions } from '@flows/service-kit';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 as uuid } from 'uuid';
import { answerClientError, answerFrameworkError } from './framework-errors.js';

/** A graph has at most 1 MiB, a payload 256 KiB; a body may hold a little more around them. */
export const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{8,100}$/;

export const fastifyOptions: NonNullable<FastifyOptions> = {
  bodyLimit: BODY_LIMIT_BYTES,
  /** A caller's own request id is kept where it is harmless, so that its logs and ours meet. */
  genReqId: (request) => {
    const given = (request as IncomingMessage).headers['x-request-id'];
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : uuid();
  },
  /** Slow senders are cut off; `?wait` answers are not bounded by these. */
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  /** What still arrives on open connections while the server closes is served; the framework's own refusal would be no problem document. */
  return503OnClosing: false,
  frameworkErrors: (_error, request, reply) => {
    reply.hijack();
    answerFrameworkError(request.id, reply.raw as ServerResponse);
  },
  clientErrorHandler: answerClientError,
  routerOptions: { maxParamLength: 512 },
};
