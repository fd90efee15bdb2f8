import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString } from 'class-validator';
import type { GraphDefinition } from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { IsJsonObject, IsText } from '../http/validators.js';
import { PageQuery } from '../paging/page-query.dto.js';

export class InstantiateTemplateBody {
  @ApiProperty({
    type: Object,
    example: { segment_id: 'seg_hot', sequence_id: 'seq_welcome', min_score: 50 },
    description: "What the template's `inputs_schema` asks for",
  })
  @IsJsonObject()
  inputs: Record<string, unknown>;

  @ApiPropertyOptional({ description: "Without it, the template's name" })
  @Optional()
  @IsText(200)
  name?: string;

  @ApiPropertyOptional({ default: false, description: 'Publish at once, so that it runs' })
  @Optional()
  @IsBoolean()
  publish?: boolean;

  @ApiPropertyOptional({ default: true, description: 'Create the trigger too; it fires once the workflow is published' })
  @Optional()
  @IsBoolean()
  trigger?: boolean;
}

export class ListTemplatesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the slug, the name or the description' })
  @Optional()
  @IsString()
  q?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsString()
  category?: string;

  @ApiPropertyOptional({ enum: ['crm_event', 'connector_event'] })
  @Optional()
  @IsIn(['crm_event', 'connector_event'])
  trigger_type?: string;
}

export class TemplateItem {
  @ApiProperty({ example: 'lead-to-sequence' })
  slug: string;
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty()
  name: string;
  @ApiProperty()
  description: string;
  @ApiProperty()
  category: string;
  @ApiProperty({ enum: ['published'] })
  status: 'published';
  @ApiProperty({ enum: ['crm_event', 'connector_event'] })
  trigger_type: string;
  @ApiProperty({ type: [Object], description: '`{ name, provider }` of connections that the workspace must have' })
  required_connections: object[];
  @ApiProperty({ type: Object, description: 'JSON Schema 2020-12 of the inputs' })
  inputs_schema: object;
}

export class TemplateView extends TemplateItem {
  @ApiProperty({ type: Object })
  graph: GraphDefinition;
  @ApiProperty({ type: Object, nullable: true, description: 'JSON Schema of the payload of the workflow that it makes' })
  input_schema: unknown;
  @ApiProperty({ type: [String], description: 'Agents that are made where they are missing' })
  agents: string[];
}
