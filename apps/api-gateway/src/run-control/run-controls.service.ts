import { Injectable } from '@nestjs/common';
import type { ControlInput } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { RunInputsPublisher } from '../runs/run-inputs.publisher.js';
import { toRunView, type WholeRunRow } from '../runs/run.view.js';
import { FOLLOW_MS } from '../runs/row-waiter.js';
import { RunWaiter } from '../runs/run-waiter.js';
import { RunsRepository } from '../runs/runs.repository.js';
import { hasFollowed, judgeControl, whyNot, type ControlAction } from './control-rules.js';
import type { ControlBody } from './run-control.dto.js';
import { runStateConflict } from './run-state-conflict.js';

/**
 * Pause, resume, cancel, terminate. Idempotent: what holds already is answered with the run. The gateway only refuses what its row shows to
 * be impossible; the run's one writer decides.
 */
@Injectable()
export class RunControlsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly runs: RunsRepository,
    private readonly inputs: RunInputsPublisher,
    private readonly waiter: RunWaiter,
  ) {}

  /** 200 with the run in its new state, or 202 with the run as it is when that takes longer. @throws ApiProblem `run_state_conflict` */
  control(call: ApiCall, runId: string, action: ControlAction, body: ControlBody): Promise<Answer> {
    return this.transactions.act(call, (client) => this.perform(call, runId, action, body.reason, client));
  }

  private async perform(
    call: ApiCall,
    runId: string,
    action: ControlAction,
    reason: string | undefined,
    client?: pg.ClientBase,
  ): Promise<Answer> {
    const run = await this.runs.load(call.workspaceId, runId, client);
    const verdict = judgeControl(action, run);
    if (verdict === 'impossible') throw runStateConflict(run, whyNot(action, run));
    if (verdict === 'holds') return Answer.json(200, toRunView(run));
    const input = controlInput(action, call.workspaceId, runId, call.principal.keyName, reason);
    await this.inputs.publish([{ input, traceparent: call.traceparent ?? run.traceparent ?? undefined }]);
    if (verdict === 'holds_but_tell') return Answer.json(200, toRunView(run));
    await this.waiter.waitFor(runId, (head) => hasFollowed(action, head) || isTerminal(head.status), FOLLOW_MS);
    return this.answer(await this.runs.load(call.workspaceId, runId, client), action);
  }

  private answer(run: WholeRunRow, action: ControlAction): Answer {
    if (hasFollowed(action, run)) return Answer.json(200, toRunView(run));
    if (isTerminal(run.status)) throw runStateConflict(run, `it ended before the ${action} took effect`);
    // What the run ignored must not look as if it followed later.
    if (judgeControl(action, run) === 'impossible') throw runStateConflict(run, whyNot(action, run));
    return Answer.json(202, toRunView(run));
  }
}

/** @param name makes the input's id (`controlId`). */
export function controlInput(
  action: ControlAction,
  workspaceId: string,
  runId: string,
  actor: string,
  reason: string | undefined,
  name: string = uuid(),
): ControlInput {
  return {
    type: `control.${action}`,
    id: controlId(action, runId, name),
    run_id: runId,
    workspace_id: workspaceId,
    at: Date.now(),
    actor,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Of a control's input: the same name again is the same control. */
export function controlId(action: ControlAction | 'retry', runId: string, name: string): string {
  return `ctl:${action}:${runId}:${name}`;
}
