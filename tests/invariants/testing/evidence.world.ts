import {
  canonicalJson,
  deriveId,
  runEventJson,
  toTypeId,
  topicNames,
  type FlowDefinition,
  type JsonValue,
  type RunInput,
  type StepOutcome,
} from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import {
  commandsOf,
  decide,
  initialState,
  isTerminal,
  planOfRun,
  settledSteps,
  waitingFor,
  type Command,
  type RunState,
} from '@flows/run-machine';
import type { Evidence, FactRow, RunRow } from '../evidence/evidence.js';

/**
 * A world in memory that leaves the evidence which a perfect installation would leave: the real run machine, and rows and records as
 * the services write them, without a service. Tests of the checkers take it and break something in it.
 */
export const WORKSPACE = '01890a5d-ac96-774b-bcce-b302099a8001';
export const START = 1_764_000_000_000;
const topics = topicNames();

export class EvidenceWorld {
  now = START;
  /** How the next attempt of a step ends, by step id; without one it completes with its input. */
  readonly outcomes = new Map<string, StepOutcome[]>();
  readonly evidence: Evidence = {
    takenAt: 0,
    topicNames: topics,
    conditions: { quiet: true, faults: false, kafkaLostAt: null, inputsReordered: false, graceMs: 1_000, cancelSlackMs: 1_000 },
    runs: [],
    facts: [],
    timers: [],
    effects: [],
    decisions: [],
    approvals: [],
    subscriptions: [],
    scopes: [],
    versions: [],
    triggers: [],
    deadLetters: [],
    records: [],
    calls: [],
    client: [],
  };
  private readonly plans = new Map<string, FlowPlan>();
  private readonly states = new Map<string, RunState>();
  private readonly offsets = new Map<string, number>();
  private ids = 1;

  /** @returns the id of a run that was requested, and has gone as far as it goes without timers, people and events. */
  start(graph: unknown, payload: JsonValue = {}, more: Partial<FlowDefinition> = {}): string {
    const workflowId = this.newId();
    const definition = { graph, ...more } as unknown as FlowDefinition;
    const compiled = compileFlow(definition);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    this.plans.set(workflowId, compiled.plan);
    this.evidence.versions.push({ workflow_id: workflowId, workspace_id: WORKSPACE, number: 1, status: 'published', definition });
    const id = this.newId();
    this.queue({
      ...this.base(`req:${id}`, id),
      type: 'run.requested',
      workflow_id: workflowId,
      version: 1,
      payload,
      trigger: { type: 'api' },
      created_at: this.now,
    });
    return id;
  }

  give(input: RunInput): void {
    this.record(topics.runInputs, input.run_id, input.id, JSON.stringify(input));
    const state = this.states.get(input.run_id);
    const plan = state === undefined ? undefined : planOfRun(this.plans.get(state.workflowId) as FlowPlan, state.scope?.body);
    if (state === undefined || plan === undefined || plan === null) throw new Error(`No run ${input.run_id}`);
    const decision = decide(plan, state, input);
    if (decision.kind !== 'decided') return;
    this.states.set(input.run_id, decision.state);
    const commands: Command[] = [];
    for (const fact of decision.facts) {
      this.evidence.facts.push({
        ...fact,
        run_id: input.run_id,
        workspace_id: WORKSPACE,
        caused_by: input.id,
        committed_at: this.now,
      });
      const event = runEventJson(toTypeId('run', input.run_id), fact, JSON.stringify(fact.data));
      this.record(topics.runEvents, input.run_id, `${input.run_id}:${fact.seq}`, event, { ce_sequence: String(fact.seq) });
      commands.push(...commandsOf(decision.state, fact));
    }
    this.writeRow(decision.state);
    for (const command of commands) this.carryOut(decision.state, command);
  }

  /** Fires a timer once it is due. */
  fire(runId: string, timerId: string): void {
    const timer = this.evidence.timers.find((row) => row.run_id === runId && row.timer_id === timerId);
    if (timer !== undefined) this.now = Math.max(this.now, timer.due_at);
    this.give({ ...this.base(`tmr:${runId}:${timerId}`, runId), type: 'timer.fired', timer_id: timerId });
  }

  control(runId: string, action: 'pause' | 'resume' | 'cancel' | 'retry'): void {
    const id = `${action}-${this.ids++}`;
    const invokedAt = this.now;
    this.give({ ...this.base(id, runId), type: `control.${action}`, actor: 'somebody' });
    this.evidence.client.push({ op: action, invokedAt, endedAt: this.now, outcome: 'ok', id: runId });
    const state = this.states.get(runId) as RunState;
    if (state.status === 'queued' && !state.begun) {
      const row = this.evidence.runs.find((run) => run.id === runId) as RunRow;
      const { workflow_id, version, payload, trigger, created_at } = row;
      this.give({
        ...this.base(`req:${runId}`, runId),
        type: 'run.requested',
        workflow_id,
        version,
        payload,
        trigger,
        created_at,
      });
    }
  }

  base(id: string, runId: string) {
    this.now += 1;
    this.evidence.takenAt = this.now + 1;
    return { id, run_id: runId, workspace_id: WORKSPACE, at: this.now };
  }

  record(topic: string, key: string, id: string, value: string, more: Record<string, string> = {}): void {
    const offset = this.offsets.get(topic) ?? 0;
    this.offsets.set(topic, offset + 1);
    const headers = { ce_id: id, ce_workspaceid: WORKSPACE, ...more };
    this.evidence.records.push({ topic, partition: 0, offset, key, headers, value, timestamp: this.now });
  }

  newId(): string {
    return deriveId('01890a5d-ac96-774b-bcce-b302099a8000', String(this.ids++));
  }

  private queue(input: Extract<RunInput, { type: 'run.requested' }>): void {
    const scope = this.evidence.scopes.find(({ id }) => id === input.scope_id);
    const root = this.states.get(scope?.root_run_id ?? '');
    const seen = scope?.data as unknown as Pick<NonNullable<RunState['scope']>, 'run' | 'steps'>;
    const state = initialState({
      runId: input.run_id,
      workspaceId: WORKSPACE,
      workflowId: input.workflow_id,
      version: input.version,
      payload: input.payload,
      trigger: input.trigger,
      createdAt: input.created_at,
      parent: input.parent ?? null,
      scope:
        scope === undefined || root === undefined
          ? null
          : {
              id: scope.id,
              body: input.body ?? [],
              rootRunId: root.runId,
              payload: root.payload,
              trigger: root.trigger,
              ...seen,
            },
    });
    this.states.set(input.run_id, state);
    this.writeRow(state);
    this.evidence.client.push({ op: 'start', invokedAt: this.now, endedAt: this.now, outcome: 'ok', id: input.run_id });
    this.give(input);
  }

  private carryOut(state: RunState, command: Command): void {
    switch (command.type) {
      case 'step.run': {
        const { id, idempotency_key: key, step_id, attempt, input, run_id, work } = command.command;
        this.record(topics.stepCommands(command.pool), run_id, id, JSON.stringify(command.command));
        const outcome = this.outcomes.get(step_id)?.shift() ?? {
          status: 'completed',
          output: input,
          effects: [{ idempotency_key: key, state: 'done' }],
        };
        this.call(key, canonicalJson({ work, input }), outcome.status === 'completed');
        this.evidence.effects = this.evidence.effects.filter((effect) => effect.idempotency_key !== key);
        const settled = outcome.status === 'completed' ? 'done' : 'failed';
        this.evidence.effects.push({
          idempotency_key: key,
          workspace_id: WORKSPACE,
          run_id,
          step_id,
          attempt_id: id,
          attempt,
          state: settled,
          updated_at: this.now,
        });
        return this.give({
          ...this.base(`rep:${id}`, run_id),
          type: 'step.reported',
          step_id,
          attempt,
          outcome,
          started_at: this.now - 1,
          executor: 'bench',
        });
      }
      case 'scope.store':
        this.evidence.scopes.push({
          id: command.scopeId,
          workspace_id: WORKSPACE,
          root_run_id: command.rootRunId,
          data: command.data as never,
        });
        return;
      case 'run.spawn': {
        const { run } = command;
        const item = run.kind === 'item' ? { body: run.body, scope_id: run.scopeId } : {};
        return this.queue({
          ...this.base(`req:${run.runId}`, run.runId),
          type: 'run.requested',
          workflow_id: state.workflowId,
          version: state.version,
          payload: run.payload,
          trigger: { type: 'flow' },
          created_at: this.now,
          parent: run.parent,
          ...item,
        });
      }
      case 'child.report': {
        const { parent, outcome, childSeq } = command;
        return this.give({
          ...this.base(`chd:${state.runId}:${childSeq}`, parent.run_id),
          type: 'child.ended',
          child_run_id: state.runId,
          step_id: parent.step_id,
          outcome,
        });
      }
      case 'approval.open':
        this.evidence.approvals.push({
          id: command.asked.approval_id,
          workspace_id: WORKSPACE,
          run_id: state.runId,
          step_id: command.stepId,
          status: 'open',
        });
        return;
      default:
        return;
    }
  }

  private call(key: string, body: string, applied: boolean): void {
    const known = this.evidence.calls.find((calls) => calls.key === key);
    if (known !== undefined)
      Object.assign(known, { count: known.count + 1, applied: known.applied + Number(applied), last_at: this.now });
    else
      this.evidence.calls.push({
        key,
        workspace_id: WORKSPACE,
        count: 1,
        applied: Number(applied),
        bodies: [body],
        last_at: this.now,
      });
  }

  /** The row as the orchestrator writes it, with the timers and subscriptions that are open. */
  private writeRow(state: RunState): void {
    const { evidence } = this;
    evidence.runs = [...evidence.runs.filter(({ id }) => id !== state.runId), rowOf(state)];
    evidence.timers = evidence.timers.filter(({ run_id }) => run_id !== state.runId);
    evidence.subscriptions = evidence.subscriptions.filter(({ run_id }) => run_id !== state.runId);
    for (const [stepId, { timer, wait }] of state.steps) {
      if (timer !== null)
        evidence.timers.push({ run_id: state.runId, timer_id: timer.id, workspace_id: WORKSPACE, due_at: timer.dueAt });
      if (wait?.for === 'event') evidence.subscriptions.push({ run_id: state.runId, step_id: stepId, workspace_id: WORKSPACE });
    }
  }
}

function rowOf(state: RunState): RunRow {
  const { parent, scope } = state;
  return {
    id: state.runId,
    workspace_id: state.workspaceId,
    workflow_id: state.workflowId,
    version: state.version,
    status: state.status,
    waiting_for: waitingFor(state),
    seq: state.seq,
    payload: state.payload,
    trigger_id: state.trigger.trigger_id ?? null,
    event_id: state.trigger.event_id ?? null,
    trigger: state.trigger,
    output: isTerminal(state.status) ? state.output : null,
    error: state.error as RunRow['error'],
    via_fallback: state.viaFallback,
    cost: state.cost as unknown as RunRow['cost'],
    steps_done: settledSteps(state),
    created_at: state.createdAt,
    started_at: state.startedAt,
    ended_at: state.endedAt,
    wake_at: state.updatedAt + 5_000,
    expires_at: state.expiresAt ?? state.createdAt + 86_400_000,
    parent_run_id: parent?.run_id ?? null,
    parent_step_id: parent?.step_id ?? null,
    item_index: parent?.index ?? null,
    depth: parent?.depth ?? 0,
    body: scope === null ? null : [...scope.body],
    scope_id: scope?.id ?? null,
    admitted_at: state.createdAt,
    cancel_requested_at: state.stoppedAt,
  };
}

/** A fact of the evidence, to be broken. @throws when there is none, so that a test cannot break nothing. */
export function factOf<T extends FactRow['type']>(evidence: Evidence, type: T, stepId?: string): Extract<FactRow, { type: T }> {
  const fact = evidence.facts.findLast((one) => one.type === type && (stepId === undefined || one.step_id === stepId));
  if (fact === undefined) throw new Error(`The evidence has no ${type} of ${stepId}`);
  return fact as Extract<FactRow, { type: T }>;
}
