import { ApiProperty } from '@nestjs/swagger';
import type { FlowError, JsonObject, JsonValue, StepCost, StepStatus, WaitingFor } from '@flows/contracts';

/** `blocked`: nothing was done, since the connection had no room or needs to be re-authorised. */
export const ATTEMPT_STATUSES = ['scheduled', 'running', 'completed', 'failed', 'blocked', 'cancelled'] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** One try of a step run by an executor. Times are RFC 3339. */
export class AttemptView {
  @ApiProperty({ type: 'integer', minimum: 1 })
  number: number;
  @ApiProperty({ enum: ATTEMPT_STATUSES })
  status: AttemptStatus;
  @ApiProperty({ description: 'Any JSON' })
  input: JsonValue;
  @ApiProperty({ description: 'Any JSON' })
  output: JsonValue;
  @ApiProperty({ type: Object, nullable: true })
  error: FlowError | null;
  @ApiProperty({
    format: 'date-time',
    type: String,
    nullable: true,
    description: 'When an executor began with it; null while it waits for one',
  })
  started_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  ended_at: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Milliseconds from scheduling to the start' })
  queued_ms: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'Which executor did it' })
  executor: string | null;
  @ApiProperty({ type: Object, nullable: true })
  cost: StepCost | null;
  @ApiProperty({ type: String, nullable: true })
  trace_id: string | null;
}

/** What a step waits for, and until when. */
export class StepWaitView {
  @ApiProperty({ format: 'date-time', type: String, nullable: true, description: 'When it ends by itself' })
  due_at: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of a wait for an event' })
  event_type: string | null;
  @ApiProperty({
    format: 'date-time',
    type: String,
    nullable: true,
    description: 'Of a wait for an event: older ones do not count',
  })
  since: string | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Of a wait for an event: the value that it must have at a path' })
  correlation: { path: string[]; value: JsonValue } | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Of a blocked step: which limit holds it' })
  details: JsonObject | null;
}

export const STEP_APPROVALS = ['pending', 'approved', 'rejected', 'expired', 'withdrawn'] as const;
export type StepApproval = (typeof STEP_APPROVALS)[number];
export const STEP_APPROVAL_STATUSES = ['open', 'approved', 'rejected', 'expired', 'withdrawn'] as const;

/** The decision of a person that a step needs. */
export class StepApprovalView {
  @ApiProperty({ example: 'apr_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty({ enum: STEP_APPROVAL_STATUSES, description: '`expired`: the due time has decided' })
  status: (typeof STEP_APPROVAL_STATUSES)[number];
  @ApiProperty({ enum: ['step', 'input', 'output'] })
  stage: 'step' | 'input' | 'output';
  @ApiProperty({ description: 'Any JSON: what is decided on' })
  artefact: JsonValue;
  @ApiProperty({ type: [String] })
  assignees: string[];
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  due_at: string | null;
  @ApiProperty({ enum: ['approved', 'rejected'], nullable: true })
  decision: 'approved' | 'rejected' | null;
  @ApiProperty({ type: String, nullable: true })
  by: string | null;
  @ApiProperty({ type: String, nullable: true })
  comment: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  decided_at: string | null;
}

/** How far a foreach step is. */
export class StepChildrenView {
  @ApiProperty({ type: 'integer' })
  total: number;
  @ApiProperty({ type: 'integer' })
  done: number;
  @ApiProperty({ type: 'integer' })
  failed: number;
}

/** One step of one run. */
export class StepRunView {
  @ApiProperty({ example: 'srun_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty({ description: 'The run that it belongs to: of an item of a foreach step, the run of that item' })
  run_id: string;
  @ApiProperty()
  step_id: string;
  @ApiProperty({ type: String, nullable: true })
  name: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Type of the step' })
  type: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Position of the item, inside a foreach' })
  index: number | null;
  @ApiProperty({
    enum: ['pending', 'scheduled', 'running', 'waiting', 'retrying', 'completed', 'failed', 'skipped', 'cancelled'],
  })
  status: StepStatus;
  @ApiProperty({ type: String, nullable: true })
  waiting_for: WaitingFor | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  waiting_since: string | null;
  @ApiProperty({ type: StepWaitView, nullable: true })
  wait: StepWaitView | null;
  @ApiProperty({ type: Object, nullable: true, description: 'What a long attempt said of itself last' })
  progress: JsonObject | null;
  @ApiProperty({ description: 'Any JSON' })
  input: JsonValue;
  @ApiProperty({ description: 'Any JSON' })
  output: JsonValue;
  @ApiProperty({ type: Object, nullable: true })
  error: FlowError | null;
  @ApiProperty({
    enum: STEP_APPROVALS,
    nullable: true,
    description: 'What came of asking somebody; null where nobody is asked. `expired`: the due time has decided',
  })
  approval: StepApproval | null;
  @ApiProperty({ type: StepApprovalView, nullable: true, description: 'What was asked and answered; null where nobody is asked' })
  approval_request: StepApprovalView | null;
  @ApiProperty({ type: StepChildrenView, nullable: true, description: 'Of a foreach step' })
  children: StepChildrenView | null;
  @ApiProperty({ type: [String], description: 'Of a flow step: the runs that it has started' })
  child_run_ids: string[];
  @ApiProperty({ type: [AttemptView] })
  attempts: AttemptView[];
  @ApiProperty({ type: [Object], description: 'What the step did outside, as the provider confirmed it' })
  effects: JsonObject[];
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  started_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  ended_at: string | null;
}
