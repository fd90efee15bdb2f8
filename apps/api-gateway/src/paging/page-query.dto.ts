import { Transform } from 'class-transformer';
import { IsInt, IsString, Min } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Optional } from '../http/dto-shape.js';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** What every list takes. More than 200 is answered with 200; less than 1, or what is no integer, is a 422. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', default: DEFAULT_LIMIT, minimum: 1, maximum: MAX_LIMIT })
  @Optional()
  @Transform(({ value }: { value: unknown }) => clampLimit(value))
  @IsInt({ message: 'limit must be an integer of at least 1' })
  @Min(1, { message: 'limit must be an integer of at least 1' })
  limit?: number;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  @Optional()
  @IsString()
  cursor?: string;
}

export function limitOf(query: PageQuery): number {
  return query.limit ?? DEFAULT_LIMIT;
}

function clampLimit(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) return value;
  return Math.min(Number(value), MAX_LIMIT);
}
