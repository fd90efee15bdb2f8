import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import type { Decoded } from '@flows/contracts';
import { ApiProblem } from '../http/api-problem.js';
import { DecodedBy, Optional } from '../http/dto-shape.js';
import { StrictDtoPipe } from '../http/strict-dto.pipe.js';
import { ControlBody, ReplayBody, RetryPlanQuery } from '../run-control/run-control.dto.js';
import { ListRunsQuery } from '../runs/run.dto.js';
import { BULK_ACTIONS, BULK_STATUSES, type BulkAction, type BulkOptions, type BulkStatus } from './bulk-job.js';

/** The filters of GET `/runs`. */
export class BulkFilter extends OmitType(ListRunsQuery, ['limit', 'cursor'] as const) {}

export class BulkOptionsBody extends ControlBody implements Omit<BulkOptions, 'with_items' | 'only'> {
  @ApiPropertyOptional({ enum: ['same', 'current'], description: 'Of replay' })
  version?: ReplayBody['version'];
  @ApiPropertyOptional({ description: 'Of retry' })
  from_step?: string;
}

/** A DTO inside a body: its problems keep their places in it. `query` lets single values stand for lists of one, as in a URL. */
function decodeWith(dto: new () => object): (value: unknown) => Decoded<unknown> {
  return (value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return { ok: false, problems: [{ pointer: '#', code: 'object', message: 'must be a JSON object' }] };
    try {
      return { ok: true, value: new StrictDtoPipe().transform(value, { type: 'query', metatype: dto as never }) };
    } catch (error) {
      if (error instanceof ApiProblem) return { ok: false, problems: [...(error.details.errors ?? [])] };
      throw error;
    }
  };
}

export class BulkBody {
  @ApiProperty({ enum: BULK_ACTIONS })
  @IsIn(BULK_ACTIONS, { message: `action must be one of ${BULK_ACTIONS.join(', ')}` })
  action: BulkAction;

  @ApiProperty({ type: BulkFilter, description: 'The filters of GET `/runs`; `{}` means every run that there is now' })
  @DecodedBy(decodeWith(BulkFilter))
  filter: BulkFilter;

  @ApiPropertyOptional({ type: BulkOptionsBody, description: '`reason`, or `version` of replay, `from_step` of retry' })
  @Optional()
  @DecodedBy((value) => decodeWith(ControlBody)(withoutKnown(value)))
  options?: BulkOptionsBody;
}

/** Options that belong to one action are checked together with it; see `checkOptions`. */
function withoutKnown(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { version: _version, from_step: _step, ...rest } = value as Record<string, unknown>;
  return rest;
}

const OPTION_OF: Partial<Record<BulkAction, { name: 'version' | 'from_step'; dto: new () => object }>> = {
  replay: { name: 'version', dto: ReplayBody },
  retry: { name: 'from_step', dto: RetryPlanQuery },
};

/** @returns problems of options that the action does not take, or takes in another form. */
export function checkOptions(action: BulkAction, options: BulkOptionsBody): { pointer: string; code: string; message: string }[] {
  const own = OPTION_OF[action];
  return (['version', 'from_step'] as const).flatMap((name) => {
    if (options[name] === undefined) return [];
    if (own?.name !== name) {
      const message = `${action} takes no ${name}`;
      return [{ pointer: `#/options/${name}`, code: 'unknown_key', message }];
    }
    const decoded = decodeWith(own.dto)({ [name]: options[name] });
    return decoded.ok ? [] : decoded.problems.map((problem) => ({ ...problem, pointer: `#/options${problem.pointer.slice(1)}` }));
  });
}

export class BulkRefusalView {
  @ApiProperty()
  run_id: string;
  @ApiProperty({ example: 'run_state_conflict' })
  code: string;
  @ApiProperty()
  message: string;
}

/** One action over all runs that a filter found. */
export class BulkJobView {
  @ApiProperty({ example: 'blk_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty({ enum: BULK_ACTIONS })
  action: BulkAction;
  @ApiProperty({ type: BulkFilter })
  filter: BulkFilter;
  @ApiProperty({ type: BulkOptionsBody })
  options: BulkOptionsBody;
  @ApiProperty({ description: 'Who asked for it' })
  actor: string;
  @ApiProperty({ enum: BULK_STATUSES })
  status: BulkStatus;
  @ApiProperty({
    type: 'integer',
    description: 'Runs that the filter found at the beginning; fewer may be left when their turn comes',
  })
  total: number;
  @ApiProperty({ type: 'integer', description: 'Runs that were told (or, for replay, started anew); their states follow' })
  done: number;
  @ApiProperty({ type: 'integer', description: 'Runs whose state did not allow the action' })
  refused: number;
  @ApiProperty({ type: [BulkRefusalView], description: 'The last twenty' })
  last_refusals: BulkRefusalView[];
  @ApiProperty()
  stop_requested: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  ended_at: string | null;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' } })
  links: Record<string, string>;
}
