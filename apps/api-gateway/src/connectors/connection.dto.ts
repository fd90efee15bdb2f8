import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Matches } from 'class-validator';
import { CONNECTORS } from '@flows/connectors';
import type { JsonObject } from '@flows/contracts';
import { CONNECTION_ROLES, type ConnectionRole, type ConnectionStatus } from '@flows/postgres';
import { Optional } from '../http/dto-shape.js';
import { IsJsonObject } from '../http/validators.js';

const PROVIDERS = [...CONNECTORS.keys()];

export class CreateConnectionBody {
  @ApiProperty({ example: 'crm', description: 'What definitions call it' })
  @Matches(/^[a-z][a-z0-9_-]{0,62}$/, { message: 'name must begin with a letter and hold at most 63 of a-z, 0-9, _ and -' })
  name: string;

  @ApiProperty({ enum: PROVIDERS })
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider: string;

  @ApiPropertyOptional({ enum: CONNECTION_ROLES, default: 'both' })
  @Optional()
  @IsIn(CONNECTION_ROLES, { message: `role must be one of ${CONNECTION_ROLES.join(', ')}` })
  role?: ConnectionRole;

  @ApiPropertyOptional({
    type: Object,
    example: { base_url: 'https://crm.example.com' },
    description: 'Settings that are no secret',
  })
  @Optional()
  @IsJsonObject()
  config?: JsonObject;
}

/** Absent members stay as they are. Name and provider are what definitions rely on, so they never change. */
export class PatchConnectionBody {
  @ApiPropertyOptional({ enum: CONNECTION_ROLES })
  @Optional()
  @IsIn(CONNECTION_ROLES, { message: `role must be one of ${CONNECTION_ROLES.join(', ')}` })
  role?: ConnectionRole;

  @ApiPropertyOptional({ type: Object, example: { base_url: 'https://crm.example.com' }, description: 'Replaces all settings' })
  @Optional()
  @IsJsonObject()
  config?: JsonObject;
}

export class ConnectionView {
  @ApiProperty({ example: 'conn_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  provider: string;
  @ApiProperty({ enum: CONNECTION_ROLES })
  role: ConnectionRole;
  @ApiProperty({ enum: ['connected', 'needs_reauth', 'disabled'] })
  status: ConnectionStatus;
  @ApiProperty({ type: Object })
  config: JsonObject;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}

export class ConnectorActionView {
  @ApiProperty({ example: 'sequences.add_lead' })
  name: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ type: Object })
  input_schema: JsonObject;
  @ApiProperty({ type: Object })
  output_schema: JsonObject;
  @ApiProperty({
    enum: ['none', 'keyed', 'unkeyed'],
    description: 'What a second call with the same idempotency key does outside',
  })
  effect: string;
}

export class ConnectorView {
  @ApiProperty({ example: 'crm' })
  name: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ type: [ConnectorActionView] })
  actions: ConnectorActionView[];
}
