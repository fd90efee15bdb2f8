import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn } from 'class-validator';
import { SCOPES, type Scope } from '../access/scopes.js';
import { Nullable } from '../http/dto-shape.js';
import { IsText, IsTimestamp } from '../http/validators.js';

export class CreateApiKeyBody {
  @ApiProperty({ example: 'CI' })
  @IsText(200)
  name: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(SCOPES, { each: true, message: `each scope must be one of ${SCOPES.join(', ')}` })
  scopes: Scope[];

  @ApiPropertyOptional({ format: 'date-time', type: String, nullable: true })
  @Nullable()
  @IsTimestamp()
  expires_at?: string | null;
}

export class ApiKeyView {
  @ApiProperty({ example: 'key_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes: string[];
  @ApiProperty({ example: 'tnx_a1B2', description: 'How the token begins' })
  prefix: string;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  expires_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true, description: 'Exact to a minute' })
  last_used_at: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  revoked_at: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

export class CreatedApiKeyView extends ApiKeyView {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Shown this once; null when an idempotency key replays the answer, since tokens are not kept',
  })
  token: string | null;
}
