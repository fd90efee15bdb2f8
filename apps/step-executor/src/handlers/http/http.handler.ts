import { Inject, Injectable } from '@nestjs/common';
import { answerError, type Egress } from '@flows/connectors';
import type { StepRunCommand } from '@flows/contracts';
import type { Attempt } from '../../attempts/attempt.js';
import type { PreparedWork, WorkResult } from '../../attempts/work.js';
import { EGRESS } from '../../step-executor.tokens.js';
import { isExpected, toOutput } from './http.answer.js';
import { buildRequest, isSafe, type HttpRequest, type HttpWork } from './http.request.js';

/** One HTTP request of a flow, through the egress guard. */
@Injectable()
export class HttpHandler {
  constructor(@Inject(EGRESS) private readonly egress: Egress) {}

  prepare(command: StepRunCommand, work: HttpWork): PreparedWork {
    const request = buildRequest(work, command.input, command.idempotency_key);
    return {
      effect: isSafe(work.method) ? 'none' : work.idempotency_header === null ? 'unkeyed' : 'keyed',
      describe: { kind: 'http', method: work.method, host: URL.parse(request.url)?.host ?? null },
      run: (attempt) => this.run(attempt, work, request),
    };
  }

  private async run(attempt: Attempt, work: HttpWork, request: HttpRequest): Promise<WorkResult> {
    const { traceparent, signal } = attempt;
    const response = await this.egress.fetch(request.url, {
      ...request,
      headers: traceparent === undefined ? request.headers : { traceparent, ...request.headers },
      method: work.method,
      signal,
      followRedirects: work.follow_redirects,
    });
    if (!isExpected(response.status, work.expect)) throw answerError(new URL(response.url).host, response);
    return { output: toOutput(response), receipt: { status: response.status } };
  }
}
