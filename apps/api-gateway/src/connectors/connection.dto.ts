import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { CONNECTORS } from '@flows/connectors';
import { parseDurationMs, type JsonObject } from '@flows/contracts';
import { CONNECTION_ROLES, type ConnectionRateLimit, type ConnectionRole, type ConnectionStatus } from '@flows/postgres';
import { Nullable, Optional } from '../http/dto-shape.js';
import { IsJsonObject, rule } from '../http/validators.js';

const MAX_CONCURRENCY = 10_000;
const MAX_PERIOD_MS = 24 * 60 * 60_000;
/** What a person says of it; `needs_reauth` is what a provider has said. */
const SETTABLE_STATUSES = ['connected', 'disabled'] as const;

export class RateLimitView implements ConnectionRateLimit {
  @ApiProperty({ type: 'integer', minimum: 1 })
  limit: number;
  @ApiProperty({ example: '1s' })
  per: string;
}

function isRateLimit(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const { limit, per, ...rest } = value as Record<string, unknown>;
  const ms = typeof per === 'string' ? parseDurationMs(per) : null;
  const isCount = Number.isInteger(limit) && (limit as number) >= 1 && (limit as number) <= 1_000_000;
  return isCount && ms !== null && ms >= 1 && ms <= MAX_PERIOD_MS && Object.keys(rest).length === 0;
}
const IsRateLimit = () =>
  rule(
    'rate_limit',
    isRateLimit,
    'must be { "limit": calls, "per": a duration of at most 1d }, such as { "limit": 10, "per": "1s" }',
  );

const PROVIDERS = [...CONNECTORS.keys()];

/** How much a connection is used at most. */
class ConnectionLimitsBody {
  @ApiPropertyOptional({ type: RateLimitView, nullable: true, description: 'Calls beyond it wait; null: no limit of ours' })
  @Nullable()
  @IsRateLimit()
  rate_limit?: ConnectionRateLimit | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_CONCURRENCY,
    nullable: true,
    description: 'Steps at work at a time; null: no limit',
  })
  @Nullable()
  @IsInt()
  @Min(1)
  @Max(MAX_CONCURRENCY)
  concurrency?: number | null;
}

export class CreateConnectionBody extends ConnectionLimitsBody {
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
export class PatchConnectionBody extends ConnectionLimitsBody {
  @ApiPropertyOptional({ enum: CONNECTION_ROLES })
  @Optional()
  @IsIn(CONNECTION_ROLES, { message: `role must be one of ${CONNECTION_ROLES.join(', ')}` })
  role?: ConnectionRole;

  @ApiPropertyOptional({ type: Object, example: { base_url: 'https://crm.example.com' }, description: 'Replaces all settings' })
  @Optional()
  @IsJsonObject()
  config?: JsonObject;

  @ApiPropertyOptional({ enum: SETTABLE_STATUSES, description: '`connected` lets runs go on that wait for the connection' })
  @Optional()
  @IsIn(SETTABLE_STATUSES, { message: `status must be one of ${SETTABLE_STATUSES.join(', ')}` })
  status?: (typeof SETTABLE_STATUSES)[number];
}

/** What has changed at the provider, as far as it is no secret. */
export class ReauthoriseBody {
  @ApiPropertyOptional({ type: Object, description: 'Replaces all settings' })
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
  @ApiProperty({ type: RateLimitView, nullable: true })
  rate_limit: RateLimitView | null;
  @ApiProperty({ type: 'integer', nullable: true })
  concurrency: number | null;
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
