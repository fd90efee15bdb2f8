import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import {
  parseDurationMs,
  RUN_STATUSES,
  TRIGGER_TYPES,
  type JsonValue,
  type RunStatus,
  type TriggerType,
  type WaitingFor,
} from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { IsAnyJson, IsTimestamp, IsTypeId, rule } from '../http/validators.js';
import { PageQuery } from '../paging/page-query.dto.js';

export const WAITING_FOR = ['timer', 'event', 'approval', 'capacity', 'budget', 'reauth'] as const satisfies WaitingFor[];
export const MAX_WAIT_MS = 60_000;

export class TriggerRunBody {
  @ApiPropertyOptional({ description: "Any JSON that fits the version's input schema; `{}` when absent" })
  @Optional()
  @IsAnyJson()
  payload?: JsonValue;

  @ApiPropertyOptional({ type: 'integer', description: 'A published version; the current one when absent' })
  @Optional()
  @IsInt()
  @Min(1)
  version?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: -100,
    maximum: 100,
    description: "Queued runs of the workspace with a higher priority start first; the workflow's own when absent",
  })
  @Optional()
  @IsInt()
  @Min(-100)
  @Max(100)
  priority?: number;
}

function isWait(value: unknown): boolean {
  const ms = typeof value === 'string' ? parseDurationMs(value) : null;
  return ms !== null && ms <= MAX_WAIT_MS;
}

export class TriggerRunQuery {
  @ApiPropertyOptional({
    example: '30s',
    description: 'How long to wait for the end of the run, at most 60s; the answer is then 200 with the ended run, else 202',
  })
  @Optional()
  @IsWait()
  wait?: string;
}

function IsWait(): PropertyDecorator {
  return rule('wait', isWait, 'must be a duration of at most 60s, such as 30s');
}

export class ListWorkflowRunsQuery extends PageQuery {
  @ApiPropertyOptional({ type: 'integer' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value))
  @IsInt({ message: 'version must be an integer of at least 1' })
  @Min(1, { message: 'version must be an integer of at least 1' })
  version?: number;

  @ApiPropertyOptional({ enum: RUN_STATUSES, isArray: true, description: 'Repeatable' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => [value].flat())
  @IsIn(RUN_STATUSES, { each: true, message: `status must be one of ${RUN_STATUSES.join(', ')}` })
  status?: RunStatus[];

  @ApiPropertyOptional({ enum: WAITING_FOR, isArray: true, description: 'Repeatable' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => [value].flat())
  @IsIn(WAITING_FOR, { each: true, message: `waiting_for must be one of ${WAITING_FOR.join(', ')}` })
  waiting_for?: WaitingFor[];

  @ApiPropertyOptional({ enum: TRIGGER_TYPES })
  @Optional()
  @IsIn(TRIGGER_TYPES, { message: `trigger_type must be one of ${TRIGGER_TYPES.join(', ')}` })
  trigger_type?: TriggerType;

  @ApiPropertyOptional()
  @Optional()
  @IsTypeId('trg')
  trigger_id?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Inclusive' })
  @Optional()
  @IsTimestamp()
  created_after?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Exclusive' })
  @Optional()
  @IsTimestamp()
  created_before?: string;
}

export class ListRunsQuery extends ListWorkflowRunsQuery {
  @ApiPropertyOptional()
  @Optional()
  @IsTypeId('wf')
  workflow_id?: string;

  @ApiPropertyOptional({ description: 'Runs that a flow step of this run has started' })
  @Optional()
  @IsTypeId('run')
  parent_run_id?: string;
}

/** What a list of runs can be narrowed down to. */
export type RunFilterFields = Omit<ListRunsQuery, 'limit' | 'cursor'>;
