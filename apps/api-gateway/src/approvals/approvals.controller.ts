import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { DecisionBody, ListApprovalsQuery } from './approval.dto.js';
import { ApprovalView } from './approval.view.js';
import { ApprovalsService } from './approvals.service.js';

const RunId = () => Param('id', new TypeIdPipe('run'));
const StepRunId = () => Param('step_run_id', new TypeIdPipe('srun'));

@ApiTags('approvals')
@Controller('api/v1/flows')
export class ApprovalsController {
  constructor(private readonly approvals: ApprovalsService) {}

  @Get('approvals')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listApprovals', summary: 'What waits for a decision (or has waited), newest first' })
  @ApiPageResponse(ApprovalView)
  list(@Call() call: ApiCall, @Query() query: ListApprovalsQuery): Promise<Page<ApprovalView>> {
    return this.approvals.list(call, query);
  }

  @Post('runs/:id/steps/:step_run_id/approve')
  @Scopes('approvals:decide')
  @HttpCode(200)
  @ApiOperation({ operationId: 'approveStep', summary: 'Approve: what was held takes effect, once' })
  @ApiOkResponse({ type: ApprovalView, description: 'Approved, now or before' })
  @ApiAcceptedResponse({ type: ApprovalView, description: 'The run takes the decision later, for instance since it is paused' })
  approve(
    @Call() call: ApiCall,
    @RunId() id: string,
    @StepRunId() stepRunId: string,
    @Body() body: DecisionBody,
  ): Promise<Answer> {
    return this.approvals.decide(call, id, stepRunId, 'approved', body);
  }

  @Post('runs/:id/steps/:step_run_id/reject')
  @Scopes('approvals:decide')
  @HttpCode(200)
  @ApiOperation({ operationId: 'rejectStep', summary: 'Reject: nothing is done, and the artefact is kept' })
  @ApiOkResponse({ type: ApprovalView, description: 'Rejected, now or before' })
  @ApiAcceptedResponse({ type: ApprovalView, description: 'The run takes the decision later, for instance since it is paused' })
  reject(
    @Call() call: ApiCall,
    @RunId() id: string,
    @StepRunId() stepRunId: string,
    @Body() body: DecisionBody,
  ): Promise<Answer> {
    return this.approvals.decide(call, id, stepRunId, 'rejected', body);
  }
}
