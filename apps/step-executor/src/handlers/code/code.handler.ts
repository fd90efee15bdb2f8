import { Inject, Injectable } from '@nestjs/common';
import { ActionError } from '@flows/connectors';
import type { FlowError, JsonObject, JsonValue, StepRunCommand } from '@flows/contracts';
import type { Attempt } from '../../attempts/attempt.js';
import type { PreparedWork, WorkResult } from '../../attempts/work.js';
import { CODE_POOL } from '../../step-executor.tokens.js';
import type { CodePool } from './code.pool.js';
import type { CodeAnswer } from './code.protocol.js';

type CodeWork = Extract<StepRunCommand['work'], { kind: 'code' }>;

/** A function of the flow's author, in a sandbox: it sees its input and nothing else, and has no effect but its output. */
@Injectable()
export class CodeHandler {
  constructor(@Inject(CODE_POOL) private readonly pool: CodePool) {}

  prepare(_command: StepRunCommand, work: CodeWork): PreparedWork {
    return {
      effect: 'none',
      describe: { kind: 'code' },
      timeoutCode: 'code_timeout',
      run: (attempt) => this.run(attempt, work.source),
    };
  }

  private async run(attempt: Attempt, source: string): Promise<WorkResult> {
    const { workspace_id, timeout_ms } = attempt.command;
    const deadline = Math.max(attempt.startedAt, Date.now() - timeout_ms) + timeout_ms;
    const request = { source, input: JSON.stringify(attempt.input ?? null), deadline };
    const answer = await this.pool.run(workspace_id, request, attempt.signal);
    if (!answer.ok) throw toError(answer);
    // Parsed here: a key `__proto__` of the text becomes a key like any other.
    return { output: JSON.parse(answer.output) as JsonValue };
  }
}

function toError({ code, message, line, logs }: Extract<CodeAnswer, { ok: false }>): ActionError {
  const details: JsonObject = { ...(line === null ? {} : { line }), ...(logs.length === 0 ? {} : { logs }) };
  const error: FlowError = {
    code,
    message: line === null ? message : `${message} (line ${line})`,
    class: code === 'code_timeout' ? 'timeout' : 'non_retryable',
    origin: 'executor',
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  return new ActionError(error);
}
