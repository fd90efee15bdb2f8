import { ApiProperty } from '@nestjs/swagger';
import type { FlowError, JsonObject, JsonValue, StepCost, StepStatus, WaitingFor } from '@flows/contracts';

export const ATTEMPT_STATUSES = ['scheduled', 'completed', 'failed', 'cancelled'] as const;
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

/** One step of one run. */
export class StepRunView {
  @ApiProperty({ example: 'srun_01h455vb4pex5vsknk084sn02q' })
  id: string;
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
  @ApiProperty({ description: 'Any JSON' })
  input: JsonValue;
  @ApiProperty({ description: 'Any JSON' })
  output: JsonValue;
  @ApiProperty({ type: Object, nullable: true })
  error: FlowError | null;
  @ApiProperty({ type: String, nullable: true })
  approval: string | null;
  @ApiProperty({ type: [AttemptView] })
  attempts: AttemptView[];
  @ApiProperty({ type: [Object], description: 'What the step did outside, as the provider confirmed it' })
  effects: JsonObject[];
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  started_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  ended_at: string | null;
}
