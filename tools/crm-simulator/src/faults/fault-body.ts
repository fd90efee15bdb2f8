/** Owns what an order for faults may say. */
import { randomUUID } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { compileBody } from '../http/body-schema.js';
import { HttpProblem } from '../http/http-problem.js';
import type { FaultRule } from './fault-rules.js';

const FaultBody = Type.Object(
  {
    path_pattern: Type.String({ pattern: '^(/|\\*\\*)' }),
    method: Type.Optional(Type.String({ pattern: '^[A-Za-z]+$' })),
    status: Type.Optional(Type.Integer({ minimum: 300, maximum: 599 })),
    delay_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    times: Type.Optional(Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 1 })),
    retry_after: Type.Optional(Type.Unsafe<number | string>({ type: ['integer', 'string'], minimum: 0 })),
    drop_reply: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

const parse = compileBody<Static<typeof FaultBody>>(FaultBody);

/** Without `times` the fault hits one call, with `null` every one until `DELETE /faults`. */
export function parseFault(body: unknown): FaultRule {
  const fault = parse(body);
  if (fault.status === undefined && fault.delay_ms === undefined && fault.drop_reply !== true) {
    throw new HttpProblem(422, 'invalid_body', 'status, delay_ms, drop_reply: give at least one of them.');
  }
  if (fault.status !== undefined && fault.drop_reply === true) {
    throw new HttpProblem(
      422,
      'invalid_body',
      'drop_reply: cannot go with status; it carries out the call and then cuts the connection.',
    );
  }
  return {
    id: randomUUID(),
    path_pattern: fault.path_pattern,
    method: fault.method?.toUpperCase() ?? null,
    status: fault.status ?? null,
    retry_after: fault.retry_after ?? null,
    delay_ms: fault.delay_ms ?? 0,
    drop_reply: fault.drop_reply ?? false,
    times: fault.times === undefined ? 1 : fault.times,
  };
}
