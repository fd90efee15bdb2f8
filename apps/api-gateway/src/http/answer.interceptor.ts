import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Answer } from './answer.js';

/** Sends an Answer as it is; any other value is the JSON body under the route's status, a page with a link to the next one (RFC 8288). */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((value: unknown) => {
        const http = context.switchToHttp();
        const reply = http.getResponse<FastifyReply>();
        if (!(value instanceof Answer)) {
          const next = (value as { next_cursor?: unknown } | null | undefined)?.next_cursor;
          if (typeof next === 'string')
            void reply.header('link', `<${withCursor(http.getRequest<FastifyRequest>().url, next)}>; rel="next"`);
          return value;
        }
        for (const [name, text] of Object.entries(value.headers)) void reply.header(name, text);
        void reply.code(value.status);
        if (value.body === null) return undefined;
        void reply.header('content-type', 'application/json; charset=utf-8');
        return value.body;
      }),
    );
  }
}

function withCursor(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
