import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn } from 'class-validator';
import type { JsonValue } from '@flows/contracts';
import { EVENT_TRIGGER_TYPES, type EventTriggerType } from '@flows/postgres';
import { VERDICTS, type Verdict } from '@flows/trigger-rules';
import { Nullable, Optional } from '../http/dto-shape.js';
import { IsAnyJson, IsJsonObject, IsText, IsTypeId } from '../http/validators.js';
import { PageQuery } from '../paging/page-query.dto.js';

export class CreateTriggerBody {
  @ApiProperty({ example: 'wf_01h455vb4pex5vsknk084sn02q' })
  @IsTypeId('wf')
  workflow_id: string;

  @ApiProperty({ enum: EVENT_TRIGGER_TYPES })
  @IsIn(EVENT_TRIGGER_TYPES, { message: `type must be one of ${EVENT_TRIGGER_TYPES.join(', ')}` })
  type: EventTriggerType;

  @ApiPropertyOptional({ enum: ['workflow'], default: 'workflow' })
  @Optional()
  @IsIn(['workflow'], { message: 'target_type must be workflow' })
  target_type?: 'workflow';

  @ApiPropertyOptional({ description: 'Without it, the event type' })
  @Optional()
  @IsText(200)
  name?: string;

  @ApiPropertyOptional({ default: true })
  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @ApiProperty({
    example: 'lead.segment_entered',
    description: 'A type, or all below one (`lead.*`); own types begin with `custom.`',
  })
  @IsText(255)
  event_type: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Only events of this CloudEvents source' })
  @Nullable()
  @IsText(1024)
  source?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'event.data.segment_id == "seg_hot"',
    description: 'CEL over `event`',
  })
  @Nullable()
  @IsText(4096)
  filter?: string | null;

  @ApiPropertyOptional({ nullable: true, example: { lead: '${ event.data.lead }' } })
  @Nullable()
  @IsAnyJson()
  mapping?: JsonValue;
}

/** What may change; a trigger keeps its workflow. */
export class PatchTriggerBody {
  @ApiPropertyOptional({ enum: EVENT_TRIGGER_TYPES })
  @Optional()
  @IsIn(EVENT_TRIGGER_TYPES, { message: `type must be one of ${EVENT_TRIGGER_TYPES.join(', ')}` })
  type?: EventTriggerType;

  @ApiPropertyOptional()
  @Optional()
  @IsText(200)
  name?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional()
  @Optional()
  @IsText(255)
  event_type?: string;

  @ApiPropertyOptional({ type: String, nullable: true })
  @Nullable()
  @IsText(1024)
  source?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @Nullable()
  @IsText(4096)
  filter?: string | null;

  @ApiPropertyOptional({ nullable: true })
  @Nullable()
  @IsAnyJson()
  mapping?: JsonValue;
}

/** A sample event, or the id of one that the workspace has received. */
export class TestTriggerBody {
  @ApiPropertyOptional({
    type: Object,
    example: { type: 'lead.segment_entered', data: { lead_id: 'lead_1', segment_id: 'seg_hot' } },
  })
  @Optional()
  @IsJsonObject()
  event?: Record<string, JsonValue>;

  @ApiPropertyOptional()
  @Optional()
  @IsText(255)
  event_id?: string;
}

export class ListTriggersQuery extends PageQuery {
  @ApiPropertyOptional()
  @Optional()
  @IsTypeId('wf')
  workflow_id?: string;

  @ApiPropertyOptional({ enum: EVENT_TRIGGER_TYPES })
  @Optional()
  @IsIn(EVENT_TRIGGER_TYPES, { message: `type must be one of ${EVENT_TRIGGER_TYPES.join(', ')}` })
  type?: EventTriggerType;
}

export class TriggerLogQuery extends PageQuery {
  @ApiPropertyOptional({ enum: VERDICTS, isArray: true, description: 'Repeatable' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => [value].flat())
  @IsIn(VERDICTS, { each: true, message: `verdict must be one of ${VERDICTS.join(', ')}` })
  verdict?: Verdict[];
}
