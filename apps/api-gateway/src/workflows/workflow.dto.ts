import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsArray, IsIn, IsString } from 'class-validator';
import type { FlowSettings, GraphDefinition } from '@flows/contracts';
import { WORKFLOW_STATUSES, type WorkflowStatus } from '@flows/postgres';
import { Nullable, Optional } from '../http/dto-shape.js';
import { IsAnyJson, IsJsonObject, IsJsonSchema, IsLongText, IsText, IsTimestamp } from '../http/validators.js';
import { PageQuery } from '../paging/page-query.dto.js';

const NAME = 200;
const DESCRIPTION = 10_000;
const GRAPH_SCHEMA = { type: Object, description: '`{ "steps": [...], "edges": [...] }`' };

/** The members that a version is made of, beside its graph. What is inside them is checked by the compiler of flows, all at once. */
class DefinitionParts {
  @ApiPropertyOptional({ type: Object, nullable: true, description: 'JSON Schema 2020-12 of the payload' })
  @Nullable()
  @IsJsonSchema()
  input_schema?: Record<string, unknown> | boolean | null;

  @ApiPropertyOptional({ type: Object, nullable: true, description: 'Constants that expressions see as `inputs`' })
  @Nullable()
  @IsJsonObject()
  inputs?: Record<string, unknown> | null;

  @ApiPropertyOptional({ nullable: true, description: "The run's output: any JSON with ${ … } expressions" })
  @Nullable()
  @IsAnyJson()
  output?: unknown;

  @ApiPropertyOptional({ type: Object, nullable: true, example: { timeout: '7d' } })
  @Nullable()
  @IsJsonObject()
  settings?: FlowSettings | null;
}

export class CreateWorkflowBody extends DefinitionParts {
  @ApiProperty({ example: 'Lead to sequence' })
  @IsText(NAME)
  name: string;

  @ApiPropertyOptional()
  @Optional()
  @IsLongText(DESCRIPTION)
  description?: string;

  @ApiPropertyOptional(GRAPH_SCHEMA)
  @Optional()
  @IsJsonObject()
  graph?: GraphDefinition;
}

export class PatchWorkflowBody extends DefinitionParts {
  @ApiPropertyOptional()
  @Optional()
  @IsText(NAME)
  name?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsLongText(DESCRIPTION)
  description?: string;

  @ApiPropertyOptional({ enum: ['active', 'inactive'] })
  @Optional()
  @IsIn(['active', 'inactive'], { message: 'status must be active or inactive; archive a workflow with DELETE' })
  status?: 'active' | 'inactive';
}

export class GraphBody {
  @ApiProperty({ type: [Object] })
  @IsArray()
  steps: unknown[];

  @ApiProperty({ type: [Object] })
  @IsArray()
  edges: unknown[];
}

/** The same, or nothing: then the draft is meant. */
export class ValidateGraphBody {
  @ApiPropertyOptional({ type: [Object] })
  @Optional()
  @IsArray()
  steps?: unknown[];

  @ApiPropertyOptional({ type: [Object] })
  @Optional()
  @IsArray()
  edges?: unknown[];
}

export class PublishBody {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'What has changed, for the history' })
  @Nullable()
  @IsText(2_000)
  note?: string | null;
}

export class ListWorkflowsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: WORKFLOW_STATUSES, isArray: true, description: 'Repeatable; without it, all but archived ones' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => [value].flat())
  @IsIn(WORKFLOW_STATUSES, { each: true, message: `status must be one of ${WORKFLOW_STATUSES.join(', ')}` })
  status?: WorkflowStatus[];

  @ApiPropertyOptional({ description: 'Part of the name or of the description' })
  @Optional()
  @IsString()
  q?: string;

  @ApiPropertyOptional({ enum: ['crm_event', 'connector_event'] })
  @Optional()
  @IsIn(['crm_event', 'connector_event'])
  trigger_type?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Inclusive' })
  @Optional()
  @IsTimestamp()
  created_after?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Exclusive' })
  @Optional()
  @IsTimestamp()
  created_before?: string;
}
