import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { MAX_FOREACH_ITEMS, STEP_ID_PATTERN } from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { MAX_LIMIT, PageQuery } from '../paging/page-query.dto.js';

const StepId = (property: string) => Matches(new RegExp(STEP_ID_PATTERN), { message: `${property} must be the id of a step` });
const AsInteger = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value));

export class ListStepsQuery extends PageQuery {
  @ApiPropertyOptional({ description: "Only this step's; with `index`, the steps of one item of this foreach step" })
  @Optional()
  @StepId('step_id')
  step_id?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Place of the item in the list of the foreach step `step_id`',
  })
  @Optional()
  @AsInteger()
  @IsInt({ message: 'index must be an integer of at least 0' })
  @Min(0, { message: 'index must be an integer of at least 0' })
  @Max(MAX_FOREACH_ITEMS, { message: `index must be at most ${MAX_FOREACH_ITEMS}` })
  index?: number;

  @ApiPropertyOptional({ description: 'The steps of all items of this foreach step, in the order of the list' })
  @Optional()
  @StepId('within')
  within?: string;
}

export class StepOutputQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, description: 'Of an output that is a list: the first element' })
  @Optional()
  @AsInteger()
  @IsInt({ message: 'offset must be an integer of at least 0' })
  @Min(0, { message: 'offset must be an integer of at least 0' })
  offset?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: 'Of an output that is a list: so many elements',
  })
  @Optional()
  @AsInteger()
  @IsInt({ message: 'limit must be an integer of at least 1' })
  @Min(1, { message: 'limit must be an integer of at least 1' })
  limit?: number;
}
