import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn } from 'class-validator';
import { Optional } from '../http/dto-shape.js';
import { IsLongText, IsText, IsTypeId } from '../http/validators.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { APPROVAL_STATUSES, type ApprovalStatus } from './approval.view.js';

const MAX_COMMENT_CHARACTERS = 4_096;

export class DecisionBody {
  @ApiPropertyOptional({ maxLength: MAX_COMMENT_CHARACTERS })
  @Optional()
  @IsLongText(MAX_COMMENT_CHARACTERS)
  comment?: string;
}

export class ListApprovalsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: APPROVAL_STATUSES, isArray: true, default: ['open'], description: 'Repeatable' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => [value].flat())
  @IsIn(APPROVAL_STATUSES, { each: true, message: `status must be one of ${APPROVAL_STATUSES.join(', ')}` })
  status?: ApprovalStatus[];

  @ApiPropertyOptional({ description: 'Assigned to this name' })
  @Optional()
  @IsText(200)
  assignee?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsTypeId('wf')
  workflow_id?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsTypeId('run')
  run_id?: string;
}
