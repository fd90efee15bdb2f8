import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Answer } from './answer.js';

/** Sends an Answer as it is; any other value is the JSON body under the route's status. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((value: unknown) => {
        if (!(value instanceof Answer)) return value;
        const reply = context.switchToHttp().getResponse<FastifyReply>();
        for (const [name, text] of Object.entries(value.headers)) void reply.header(name, text);
        void reply.code(value.status);
        if (value.body === null) return undefined;
        void reply.header('content-type', 'application/json; charset=utf-8');
        return value.body;
      }),
    );
  }
}
