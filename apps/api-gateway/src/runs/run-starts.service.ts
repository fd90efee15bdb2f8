import { Injectable } from '@nestjs/common';
import { fromTypeId, MAX_PAYLOAD_BYTES, parseDurationMs, type JsonValue } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';
import { IdempotentRunStarts } from './idempotent-run-starts.js';
import type { TriggerRunBody, TriggerRunQuery } from './run.dto.js';
import { acceptedAnswer, toRunView } from './run.view.js';
import type { RunRequest } from './run-intake.js';
import { RunIntakeQueue } from './run-intake.queue.js';
import { RunWaiter } from './run-waiter.js';
import { RunsRepository } from './runs.repository.js';

/** Runs that somebody asks for. The answer comes once the run is durable; what becomes of it is the orchestrator's. */
@Injectable()
export class RunStartsService {
  constructor(
    private readonly queue: RunIntakeQueue,
    private readonly once: IdempotentRunStarts,
    private readonly runs: RunsRepository,
    private readonly waiter: RunWaiter,
  ) {}

  async start(call: ApiCall, workflowId: string, body: TriggerRunBody, { wait }: TriggerRunQuery): Promise<Answer> {
    const request: RunRequest = {
      workflowId,
      version: body.version ?? null,
      payload: checkSize(body.payload === undefined ? {} : body.payload),
      trigger: { type: 'api', actor: call.actor, causation_depth: 0 },
      traceparent: call.traceparent,
      ...(body.priority === undefined ? {} : { priority: body.priority }),
    };
    const answer =
      call.idempotency === null
        ? acceptedAnswer((await this.queue.accept(call.workspaceId, request)).row)
        : await this.once.start(call, request);
    return wait === undefined ? answer : this.answerAtEnd(call, answer, parseDurationMs(wait) ?? 0);
  }

  /** The ended run under 200; the first answer when the run has not ended in time. */
  private async answerAtEnd(call: ApiCall, first: Answer, waitMs: number): Promise<Answer> {
    const runId = fromTypeId('run', first.headers['location']?.split('/').at(-1) ?? '');
    if (runId === null || !(await this.waiter.waitForEnd(runId, waitMs))) return first;
    return Answer.json(200, toRunView(await this.runs.load(call.workspaceId, runId)), { ...first.headers });
  }
}

/** @throws ApiProblem `payload_too_large` */
function checkSize(payload: JsonValue): JsonValue {
  const size = Buffer.byteLength(JSON.stringify(payload));
  if (size <= MAX_PAYLOAD_BYTES) return payload;
  throw new ApiProblem(
    'payload_too_large',
    `A payload has at most ${MAX_PAYLOAD_BYTES} bytes of JSON, this one has ${size}; send a reference to large data`,
    {
      errors: [{ pointer: '#/payload', code: 'too_large', message: `The payload has ${size} bytes` }],
    },
  );
}
