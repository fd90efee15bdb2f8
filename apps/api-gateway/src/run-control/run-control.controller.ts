import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RetryPlan } from '@flows/run-machine';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { RunView } from '../runs/run.view.js';
import { RetryPlanView } from './retry-plan.view.js';
import { ControlBody, ReplayBody, RetryBody, RetryPlanQuery } from './run-control.dto.js';
import { RunControlsService } from './run-controls.service.js';
import { RunReplaysService } from './run-replays.service.js';
import { RunRetriesService } from './run-retries.service.js';
import { RunSignalsService } from './run-signals.service.js';
import { SignalBody, SignalView } from './signal.dto.js';

const RunId = () => Param('id', new TypeIdPipe('run'));
const FOLLOWED = 'The run in its new state';
const FOLLOWS = 'The run as it is; its state follows';

@ApiTags('run control')
@Controller('api/v1/flows/runs/:id')
export class RunControlController {
  constructor(
    private readonly controls: RunControlsService,
    private readonly retries: RunRetriesService,
    private readonly replays: RunReplaysService,
    private readonly signals: RunSignalsService,
  ) {}

  @Post('pause')
  @Scopes('runs:control')
  @HttpCode(200)
  @ApiOperation({ operationId: 'pauseRun', summary: 'No further step begins; what is executing finishes and its result is kept' })
  @ApiOkResponse({ type: RunView, description: FOLLOWED })
  @ApiAcceptedResponse({ type: RunView, description: FOLLOWS })
  pause(@Call() call: ApiCall, @RunId() id: string, @Body() body: ControlBody): Promise<Answer> {
    return this.controls.control(call, id, 'pause', body);
  }

  @Post('resume')
  @Scopes('runs:control')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeRun', summary: 'Go on: from a pause, or from a wait for a connection to be re-authorised' })
  @ApiOkResponse({ type: RunView, description: FOLLOWED })
  @ApiAcceptedResponse({ type: RunView, description: FOLLOWS })
  resume(@Call() call: ApiCall, @RunId() id: string, @Body() body: ControlBody): Promise<Answer> {
    return this.controls.control(call, id, 'resume', body);
  }

  @Post('cancel')
  @Scopes('runs:control')
  @HttpCode(200)
  @ApiOperation({ operationId: 'cancelRun', summary: 'Stop the run and its children, after its cleanup where it has one' })
  @ApiOkResponse({ type: RunView, description: FOLLOWED })
  @ApiAcceptedResponse({ type: RunView, description: FOLLOWS })
  cancel(@Call() call: ApiCall, @RunId() id: string, @Body() body: ControlBody): Promise<Answer> {
    return this.controls.control(call, id, 'cancel', body);
  }

  @Post('terminate')
  @Scopes('runs:control')
  @HttpCode(200)
  @ApiOperation({ operationId: 'terminateRun', summary: 'Stop the run and its children at once, without cleanup' })
  @ApiOkResponse({ type: RunView, description: FOLLOWED })
  @ApiAcceptedResponse({ type: RunView, description: FOLLOWS })
  terminate(@Call() call: ApiCall, @RunId() id: string, @Body() body: ControlBody): Promise<Answer> {
    return this.controls.control(call, id, 'terminate', body);
  }

  @Get('retry-plan')
  @Scopes('flows:read')
  @ApiOperation({
    operationId: 'getRetryPlan',
    summary: 'What a retry would do: steps kept, steps begun anew, effects, cost; nothing is done',
  })
  @ApiOkResponse({ type: RetryPlanView })
  retryPlan(@Call() call: ApiCall, @RunId() id: string, @Query() query: RetryPlanQuery): Promise<RetryPlan> {
    return this.retries.plan(call, id, query.from_step);
  }

  @Post('retry')
  @Scopes('runs:control')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'retryRun',
    summary: 'Go on with a failed, cancelled or timed-out run; completed outputs are kept',
  })
  @ApiOkResponse({ type: RunView, description: FOLLOWED })
  @ApiAcceptedResponse({ type: RunView, description: FOLLOWS })
  retry(@Call() call: ApiCall, @RunId() id: string, @Body() body: RetryBody): Promise<Answer> {
    return this.retries.retry(call, id, body);
  }

  @Post('replay')
  @Scopes('runs:control')
  @HttpCode(202)
  @ApiOperation({ operationId: 'replayRun', summary: 'Start a new run with the payload of this one' })
  @ApiAcceptedResponse({ type: RunView })
  replay(@Call() call: ApiCall, @RunId() id: string, @Body() body: ReplayBody): Promise<Answer> {
    return this.replays.replay(call, id, body);
  }

  @Post('signal')
  @Scopes('runs:control')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'signalRun',
    summary: 'Deliver an event to the waits of this run, also to one that is still to come',
  })
  @ApiAcceptedResponse({ type: SignalView })
  signal(@Call() call: ApiCall, @RunId() id: string, @Body() body: SignalBody): Promise<Answer> {
    return this.signals.signal(call, id, body);
  }
}
