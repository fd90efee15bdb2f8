import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsIn, IsString, Matches } from 'class-validator';
import type { JsonObject } from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { IsJsonObject, IsText } from '../http/validators.js';

export const AGENT_PROVIDERS = ['offline', 'openai'] as const;

export class CreateAgentBody {
  @ApiProperty({ example: 'lead-enricher', description: 'What definitions call it' })
  @Matches(/^[a-z][a-z0-9-]{0,62}$/, { message: 'slug must begin with a letter and hold at most 63 of a-z, 0-9 and -' })
  slug: string;

  @ApiProperty()
  @IsText(200)
  name: string;

  @ApiProperty()
  @IsText(20_000)
  instructions: string;

  @ApiPropertyOptional({ enum: AGENT_PROVIDERS, description: "Without it, the installation's default" })
  @Optional()
  @IsIn(AGENT_PROVIDERS, { message: `provider must be one of ${AGENT_PROVIDERS.join(', ')}` })
  provider?: (typeof AGENT_PROVIDERS)[number];

  @ApiPropertyOptional({ description: "Without it, the provider's default" })
  @Optional()
  @IsText(200)
  model?: string;

  @ApiPropertyOptional({ type: Object, description: 'JSON Schema 2020-12; `{}` takes anything' })
  @Optional()
  @IsJsonObject()
  input_schema?: JsonObject;

  @ApiPropertyOptional({ type: Object, description: 'JSON Schema 2020-12' })
  @Optional()
  @IsJsonObject()
  output_schema?: JsonObject;

  @ApiPropertyOptional({ type: [String], description: 'Names of connections without which it refuses to run' })
  @Optional()
  @IsArray()
  @ArrayUnique()
  @IsString({ each: true })
  required_connections?: string[];
}

export class AgentView {
  @ApiProperty({ example: 'agt_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  slug: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  instructions: string;
  @ApiProperty({ enum: AGENT_PROVIDERS })
  provider: string;
  @ApiProperty()
  model: string;
  @ApiProperty({ type: Object })
  input_schema: JsonObject;
  @ApiProperty({ type: Object })
  output_schema: JsonObject;
  @ApiProperty({ type: [String] })
  required_connections: string[];
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}
