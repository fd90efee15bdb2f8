import { Injectable } from '@nestjs/common';
import { MAX_STEP_OUTPUT_BYTES, type ControlRetry, type JsonValue, type StepType } from '@flows/contracts';
import { planRetry, type RetryPlan, type RetryRequest } from '@flows/run-machine';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { ApiProblem, validationFailed } from '../http/api-problem.js';
import { RunInputsPublisher } from '../runs/run-inputs.publisher.js';
import { toRunView, type WholeRunRow } from '../runs/run.view.js';
import { FOLLOW_MS } from '../runs/row-waiter.js';
import { RunWaiter } from '../runs/run-waiter.js';
import { RunsRepository } from '../runs/runs.repository.js';
import { RetryPlansRepository, type RetriedRun } from './retry-plans.repository.js';
import type { RetryBody } from './run-control.dto.js';
import { controlId } from './run-controls.service.js';
import { runStateConflict } from './run-state-conflict.js';

/** Lets ended runs go on, and says beforehand what that would do. Which steps begin anew is the run machine's rule. */
@Injectable()
export class RunRetriesService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly plans: RetryPlansRepository,
    private readonly runs: RunsRepository,
    private readonly inputs: RunInputsPublisher,
    private readonly waiter: RunWaiter,
  ) {}

  async plan(call: ApiCall, runId: string, fromStep: string | undefined): Promise<RetryPlan> {
    return makePlan(await this.loadRetryable(call.workspaceId, runId), { fromStep: fromStep ?? null });
  }

  /** 200 with the run that goes on, or 202 when that takes longer. @throws ApiProblem `run_state_conflict`, `plan_changed`, `validation_failed` */
  retry(call: ApiCall, runId: string, body: RetryBody): Promise<Answer> {
    checkInput(body);
    return this.transactions.act(call, (client) => this.perform(call, runId, body, client));
  }

  private async perform(call: ApiCall, runId: string, body: RetryBody, client?: pg.ClientBase): Promise<Answer> {
    const run = await this.loadRetryable(call.workspaceId, runId, client);
    const plan = makePlan(run, { fromStep: body.from_step ?? null, input: body.input });
    if (body.plan_hash !== undefined && body.plan_hash !== plan.hash) {
      throw new ApiProblem(
        'plan_changed',
        'The run, its effects or the request are not those of this plan; look at the new one',
        {
          extensions: { plan_hash: plan.hash, plan },
        },
      );
    }
    const { seq } = run.state;
    const input = retryInput(call.workspaceId, runId, call.principal.keyName, { ...body, expected_seq: seq });
    await this.inputs.publish([{ input, traceparent: call.traceparent ?? run.row.traceparent ?? undefined }]);
    const followed = await this.waiter.waitFor(runId, (head) => head.seq > seq, FOLLOW_MS);
    const after = await this.runs.load(call.workspaceId, runId, client);
    // INVARIANT: a retry takes effect on the run as it was read, or never: whatever else the run did, it will not do this one.
    if (followed && !(await this.runs.hasCaused(call.workspaceId, runId, seq, input.id, client)))
      throw runStateConflict(after, 'it went on by something else before this retry, which has no effect');
    return Answer.json(followed ? 200 : 202, toRunView(after));
  }

  private async loadRetryable(workspaceId: string, runId: string, client?: pg.ClientBase): Promise<RetriedRun> {
    // The history may be long: it is not read for a run that cannot be retried.
    requireRetryable(await this.runs.load(workspaceId, runId, client));
    const run = await this.plans.load(workspaceId, runId, client);
    requireRetryable(run.row);
    return run;
  }
}

/** @throws ApiProblem `run_state_conflict` */
export function requireRetryable(run: Pick<WholeRunRow, 'id' | 'status' | 'item_index'>): void {
  if (run.status !== 'failed' && run.status !== 'cancelled' && run.status !== 'timed_out')
    throw runStateConflict(run, 'only a run that failed, was cancelled or timed out can be retried');
  if (run.item_index != null) throw runStateConflict(run, 'an item of a foreach step is retried with its parent run');
}

export function retryInput(
  workspaceId: string,
  runId: string,
  actor: string,
  { from_step, input, reason, expected_seq }: Pick<RetryBody, 'from_step' | 'input' | 'reason'> & { expected_seq: number },
  name: string = uuid(),
): ControlRetry {
  return {
    type: 'control.retry',
    id: controlId('retry', runId, name),
    run_id: runId,
    workspace_id: workspaceId,
    at: Date.now(),
    actor,
    expected_seq,
    ...(from_step === undefined ? {} : { from_step }),
    ...(input === undefined ? {} : { input }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What begins with an input that a person can correct. The others are told by their own expressions what to do. */
const WITH_INPUT: ReadonlySet<StepType> = new Set(['agent', 'connector', 'code', 'http', 'flow', 'approval']);

/** @throws ApiProblem `validation_failed` for a step that cannot be gone on from, or not with an input; `nothing_to_retry` */
function makePlan({ plan, state, record, row }: RetriedRun, request: RetryRequest): RetryPlan {
  const { fromStep, input } = request;
  const type = fromStep === null ? undefined : plan.step.get(fromStep)?.type;
  if (input !== undefined && type !== undefined && !WITH_INPUT.has(type)) {
    const message = `Step "${fromStep}" is a ${type}, which takes no input; correct its definition, or the step that it reads from`;
    throw validationFailed([{ pointer: '#/input', code: 'input_not_used', message }]);
  }
  const made = planRetry(plan, state, request, record);
  if (made !== null) return made;
  if (fromStep === null)
    throw new ApiProblem('nothing_to_retry', 'No step of the run failed or was cut off; name one in from_step');
  const why = plan.step.has(fromStep)
    ? `Step "${fromStep}" has not begun in this run; take one of ${[...state.steps.keys()].join(', ') || '(none)'}`
    : `Version ${row.version} has no step "${fromStep}"; it has ${[...plan.step.keys()].join(', ')}`;
  throw validationFailed([
    { pointer: '#/from_step', code: plan.step.has(fromStep) ? 'not_begun' : 'unknown_step', message: why },
  ]);
}

function checkInput({ from_step, input }: RetryBody): void {
  if (input === undefined) return;
  if (from_step === undefined) {
    const message = 'An input is given to one step: name it in from_step';
    throw validationFailed([{ pointer: '#/input', code: 'needs_from_step', message }]);
  }
  const size = Buffer.byteLength(JSON.stringify(input satisfies JsonValue));
  if (size > MAX_STEP_OUTPUT_BYTES)
    throw new ApiProblem(
      'payload_too_large',
      `An input has at most ${MAX_STEP_OUTPUT_BYTES} bytes of JSON, this one has ${size}`,
    );
}
