import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RunEvent } from '@flows/contracts';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { ListRunsQuery, ListWorkflowRunsQuery, TriggerRunBody, TriggerRunQuery } from './run.dto.js';
import { RunStartsService } from './run-starts.service.js';
import { RunStepsService } from './run-steps.service.js';
import { RunEventView, RunItem, RunView } from './run.view.js';
import { RunsService } from './runs.service.js';
import { ListStepsQuery, StepOutputQuery } from './step-run.dto.js';
import { StepOutputsService, StepOutputView } from './step-outputs.service.js';
import { StepRunView } from './step-run.view.js';

const RunId = () => Param('id', new TypeIdPipe('run'));
const WorkflowId = () => Param('id', new TypeIdPipe('wf'));

@ApiTags('runs')
@Controller('api/v1/flows')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly starts: RunStartsService,
    private readonly steps: RunStepsService,
    private readonly outputs: StepOutputsService,
  ) {}

  @Post('workflows/:id/runs')
  @Scopes('runs:trigger')
  @HttpCode(202)
  @ApiOperation({ operationId: 'triggerRun', summary: 'Start a run; with `wait`, answer with its result' })
  @ApiAcceptedResponse({ type: RunView })
  @ApiOkResponse({ type: RunView, description: 'With `wait`: the run has ended' })
  start(
    @Call() call: ApiCall,
    @WorkflowId() id: string,
    @Body() body: TriggerRunBody,
    @Query() query: TriggerRunQuery,
  ): Promise<Answer> {
    return this.starts.start(call, id, body, query);
  }

  @Post('workflows/:id/trigger')
  @Scopes('runs:trigger')
  @HttpCode(202)
  @ApiOperation({ operationId: 'triggerWorkflow', summary: 'The same as POST `/workflows/{id}/runs`' })
  @ApiAcceptedResponse({ type: RunView })
  @ApiOkResponse({ type: RunView, description: 'With `wait`: the run has ended' })
  trigger(
    @Call() call: ApiCall,
    @WorkflowId() id: string,
    @Body() body: TriggerRunBody,
    @Query() query: TriggerRunQuery,
  ): Promise<Answer> {
    return this.starts.start(call, id, body, query);
  }

  @Get('workflows/:id/runs')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listWorkflowRuns', summary: 'Runs of a workflow, newest first' })
  @ApiPageResponse(RunItem)
  listOfWorkflow(@Call() call: ApiCall, @WorkflowId() id: string, @Query() query: ListWorkflowRunsQuery): Promise<Page<RunItem>> {
    return this.runs.listOfWorkflow(call, id, query);
  }

  @Get('runs')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listRuns', summary: 'Runs, newest first' })
  @ApiPageResponse(RunItem)
  list(@Call() call: ApiCall, @Query() query: ListRunsQuery): Promise<Page<RunItem>> {
    return this.runs.list(call, query);
  }

  @Get('runs/:id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getRun', summary: 'One run' })
  @ApiOkResponse({ type: RunView })
  get(@Call() call: ApiCall, @RunId() id: string): Promise<RunView> {
    return this.runs.get(call, id);
  }

  @Get('runs/:id/steps')
  @Scopes('flows:read')
  @ApiOperation({
    operationId: 'listRunSteps',
    summary: 'The trace of a run: its steps with all attempts, in the order in which they began',
  })
  @ApiPageResponse(StepRunView)
  listSteps(@Call() call: ApiCall, @RunId() id: string, @Query() query: ListStepsQuery): Promise<Page<StepRunView>> {
    return this.steps.list(call, id, query);
  }

  @Get('runs/:id/steps/:step_run_id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getRunStep', summary: 'One step run' })
  @ApiOkResponse({ type: StepRunView })
  getStep(
    @Call() call: ApiCall,
    @RunId() id: string,
    @Param('step_run_id', new TypeIdPipe('srun')) stepRunId: string,
  ): Promise<StepRunView> {
    return this.steps.get(call, id, stepRunId);
  }

  @Get('runs/:id/steps/:step_run_id/output')
  @Scopes('flows:read')
  @ApiOperation({
    operationId: 'getRunStepOutput',
    summary: 'The whole output of a step, also where the trace shows a reference; a list in pages with `offset` and `limit`',
  })
  @ApiOkResponse({ type: StepOutputView })
  getStepOutput(
    @Call() call: ApiCall,
    @RunId() id: string,
    @Param('step_run_id', new TypeIdPipe('srun')) stepRunId: string,
    @Query() query: StepOutputQuery,
  ): Promise<StepOutputView> {
    return this.outputs.get(call, id, stepRunId, query);
  }

  @Get('runs/:id/events')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listRunEvents', summary: 'The history of a run, in order' })
  @ApiPageResponse(RunEventView)
  listEvents(@Call() call: ApiCall, @RunId() id: string, @Query() query: PageQuery): Promise<Page<RunEvent>> {
    return this.runs.listEvents(call, id, query);
  }
}
