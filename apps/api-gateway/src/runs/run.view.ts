import { ApiProperty } from '@nestjs/swagger';
import {
  FACT_TYPES,
  RUN_STATUSES,
  toTypeId,
  TRIGGER_TYPES,
  type JsonObject,
  type JsonValue,
  type RunStatus,
  type StepCost,
  type TriggerType,
  type WaitingFor,
} from '@flows/contracts';
import { traceIdOf } from '@flows/telemetry';
import { Answer } from '../http/answer.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { toWaiting, WaitingView, type WaitingRow } from './waiting.view.js';

export class RunTriggerView {
  @ApiProperty({ enum: TRIGGER_TYPES })
  type: TriggerType;
  @ApiProperty({ type: String, nullable: true })
  trigger_id: string | null;
  @ApiProperty({ type: String, nullable: true })
  event_id: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Who started it, for runs that a person or a program started' })
  actor: string | null;
}

export class ProgressView {
  @ApiProperty({ type: 'integer' })
  done: number;
  @ApiProperty({ type: 'integer' })
  total: number;
}

/** A run in a list: without payload and output, which may be large. */
export class RunItem {
  @ApiProperty({ example: 'run_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  workflow_id: string;
  @ApiProperty({ type: String, nullable: true })
  workflow_name: string | null;
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty({ enum: RUN_STATUSES })
  status: RunStatus;
  @ApiProperty({ type: String, nullable: true })
  waiting_for: WaitingFor | null;
  @ApiProperty({ type: RunTriggerView })
  trigger: RunTriggerView;
  @ApiProperty({ type: Object, nullable: true, description: '`{ code, message, class, step_id, attempt }`' })
  error: JsonObject | null;
  @ApiProperty({ description: 'The run ended through an `on_error`' })
  via_fallback: boolean;
  @ApiProperty({ type: Object, nullable: true, description: '`{ amount, currency, tokens }`' })
  cost: StepCost | null;
  @ApiProperty({ type: String, nullable: true })
  parent_run_id: string | null;
  @ApiProperty({ type: String, nullable: true })
  replay_of: string | null;
  @ApiProperty({ type: ProgressView })
  progress: ProgressView;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  started_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  ended_at: string | null;
  @ApiProperty({ type: String, nullable: true })
  trace_id: string | null;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' } })
  links: Record<string, string>;
}

export class RunView extends RunItem {
  @ApiProperty({ type: WaitingView, nullable: true, description: 'Why it does not go on; null while it does, or has ended' })
  waiting: WaitingView | null;
  @ApiProperty({ description: 'Its cancellation has begun: its cleanup runs, and then it is cancelled' })
  cancelling: boolean;
  @ApiProperty({ description: 'Any JSON' })
  payload: JsonValue;
  @ApiProperty({ description: 'Any JSON; null until the run has completed' })
  output: JsonValue;
}

/** A run as its row has it. */
export interface RunRow {
  id: string;
  workflow_id: string;
  workflow_name: string | null;
  version: number;
  status: RunStatus;
  waiting_for: WaitingFor | null;
  trigger: { [K in 'trigger_id' | 'event_id' | 'actor']?: string | null } & { type: TriggerType };
  error: JsonObject | null;
  via_fallback: boolean;
  cost: StepCost | null;
  steps_done: number;
  steps_total: number;
  traceparent: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  /** Absent: null. */
  parent_run_id?: string | null;
  /** Of an item of a foreach step: its place in the list. Absent: null. */
  item_index?: number | null;
  replay_of?: string | null;
  /** Number of the last fact. Absent: 0. */
  seq?: number;
}
/** `cancelling` absent: false. */
export type WholeRunRow = RunRow & WaitingRow & { payload: JsonValue; output: JsonValue; cancelling?: boolean };

export function toRunItem(row: RunRow): RunItem {
  const id = toTypeId('run', row.id);
  const workflowId = toTypeId('wf', row.workflow_id);
  const self = `/api/v1/flows/runs/${id}`;
  const { trigger } = row;
  return {
    id,
    workflow_id: workflowId,
    workflow_name: row.workflow_name,
    version: row.version,
    status: row.status,
    waiting_for: row.waiting_for,
    trigger: {
      type: trigger.type,
      trigger_id: trigger.trigger_id == null ? null : toTypeId('trg', trigger.trigger_id),
      event_id: trigger.event_id ?? null,
      actor: trigger.actor ?? null,
    },
    error: maskSecrets(row.error),
    via_fallback: row.via_fallback,
    cost: row.cost,
    parent_run_id: row.parent_run_id == null ? null : toTypeId('run', row.parent_run_id),
    replay_of: row.replay_of == null ? null : toTypeId('run', row.replay_of),
    progress: { done: row.steps_done, total: row.steps_total },
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
    trace_id: traceIdOf(row.traceparent) ?? null,
    links: {
      self,
      steps: `${self}/steps`,
      events: `${self}/events`,
      children: `/api/v1/flows/runs?parent_run_id=${id}`,
      workflow: `/api/v1/flows/workflows/${workflowId}`,
    },
  };
}

export function toRunView(row: WholeRunRow): RunView {
  return {
    ...toRunItem(row),
    waiting: toWaiting(row),
    cancelling: row.cancelling ?? false,
    payload: maskSecrets(row.payload),
    output: maskSecrets(row.output),
  };
}

/** 202 with the run as it was accepted. */
export function acceptedAnswer(row: WholeRunRow): Answer {
  const view = toRunView(row);
  return Answer.json(202, view, { location: view.links['self'] ?? '' });
}

/** An entry of a run's history, as on `flows.run-events.v1`. */
export class RunEventView {
  @ApiProperty({ type: 'integer', minimum: 1 })
  seq: number;
  @ApiProperty({ enum: FACT_TYPES })
  type: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  run_id: string;
  @ApiProperty({ required: false, type: String })
  step_id?: string;
  @ApiProperty({ type: Object })
  data: JsonObject;
}
