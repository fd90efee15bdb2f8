import { hash32, toTypeId } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type { Rng } from '../kernel/rng.js';
import type { Steps } from '../kernel/scheduler.js';
import type { ProducedEvent } from '../shell/listener.js';
import { isFor } from '../shell/after-commit.js';
import { InfrastructureError } from '../world/disturbance.js';
import type { SubscriptionRow } from '../world/sim-pg.js';
import { EVENTS } from '../world/topics.js';
import { startProcess, type World } from '../world/world.js';
import { control, send } from './gateway.js';

/** What a person decides on a question of a step: the same for everybody who asks. */
export function decisionOn(runId: string, stepId: string): 'approved' | 'rejected' {
  return hash32(`${runId}/${stepId}`, 23) % 3 === 0 ? 'rejected' : 'approved';
}

/**
 * People and the outside: decide what they are asked, resume what waits for them, and send the events that are waited for. Each looks
 * again after a while, for what they did may have got lost.
 */
export class People {
  private count = 0;
  private readonly early = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly rng: Rng,
  ) {
    world.pg.onChange = (what, key) => {
      const delay = rng.chance(0.3) ? rng.int(500) : rng.int(30_000);
      if (what === 'approval') this.later(delay, () => this.decide(key));
      else if (what === 'subscription') this.later(delay, () => this.produceFor(key));
      else {
        this.later(delay, () => this.lookAfter(key));
        this.beEarly(key);
      }
    };
  }

  /** An event for the step of a run, whether or not it waits for one already. */
  *produce(workspaceId: string, rootRunId: string, stepId: string): Steps {
    const { world } = this;
    this.count += 1;
    const run = toTypeId('run', rootRunId);
    const event = {
      id: `ev:${run}:${stepId}:${this.count}`,
      type: `ev.${stepId}`,
      source: '/world',
      time: new Date(world.scheduler.now).toISOString(),
      data: { for: stepId, run },
    };
    const produced: ProducedEvent = { workspaceId, event };
    try {
      yield* world.kafka.publish([{ topic: EVENTS, key: run, value: produced }]);
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
    }
  }

  /** Events that come while the run is on its way to the waits for them: before, after, and at the same moment. */
  private beEarly(runId: string): void {
    const row = this.world.pg.runs.get(runId);
    if (row === undefined || this.early.has(runId) || row.scopeId !== null) return;
    this.early.add(runId);
    for (const { id, wait } of this.world.workflows.get(row.identity.workflowId)?.plan.steps ?? []) {
      if (wait?.kind !== 'event' || !this.rng.chance(0.6)) continue;
      this.later(this.rng.int(this.rng.pick([25, 100, 1_000])), () => this.produce(row.identity.workspaceId, runId, id));
    }
  }

  private later(ms: number, act: () => Steps): void {
    const { scheduler, outside } = this.world;
    scheduler.at(scheduler.now + ms, () => void startProcess(this.world, 'people', outside, act));
  }

  private *decide(approvalId: string): Steps {
    const { world } = this;
    const row = world.pg.approvals.get(approvalId);
    if (row?.status !== 'open') return;
    const run = world.pg.runs.get(row.runId);
    if (run === undefined || isTerminal(run.status)) return;
    yield* send(world, {
      type: 'approval.decided',
      id: `apr:${approvalId}:${world.scheduler.now}`,
      run_id: row.runId,
      workspace_id: run.identity.workspaceId,
      at: world.scheduler.now,
      step_id: row.stepId,
      approval_id: approvalId,
      decision: decisionOn(row.runId, row.stepId),
      by: 'ada',
    });
    this.later(120_000, () => this.decide(approvalId));
  }

  private *lookAfter(runId: string): Steps {
    const { world } = this;
    const row = world.pg.runs.get(runId);
    if (row === undefined || (row.status !== 'paused' && row.waitingFor !== 'reauth')) return;
    // Items are resumed by their parents.
    if (row.status === 'paused' && row.identity.parent?.kind === 'item') return;
    this.count += 1;
    yield* control(world, runId, 'resume', `ppl:resume:${runId}:${this.count}`);
    this.later(60_000, () => this.lookAfter(runId));
  }

  /** Sends what a wait is for, unless that has been sent and can still arrive: then it is for the engine to bring it. */
  private *produceFor(key: string): Steps {
    const { world } = this;
    const wait = world.pg.subscriptions.get(key);
    if (wait === undefined) return;
    if (!this.isOnItsWay(wait)) yield* this.produce(wait.workspaceId, rootOf(world, wait.runId), wait.stepId);
    this.later(120_000, () => this.produceFor(key));
  }

  private isOnItsWay(wait: SubscriptionRow): boolean {
    for (const kept of this.world.pg.mailbox.values()) if (isFor(wait, kept)) return true;
    for (const record of this.world.kafka.partitionsOf(EVENTS).flatMap(({ records }) => records)) {
      const produced = record.value as ProducedEvent;
      if (!record.handled && isFor(wait, { ...produced, at: Infinity })) return true;
    }
    return false;
  }
}

export function rootOf(world: World, runId: string): string {
  const row = world.pg.runs.get(runId);
  const scope = row?.scopeId == null ? undefined : world.pg.scopes.get(row.scopeId);
  return scope?.rootRunId ?? runId;
}
