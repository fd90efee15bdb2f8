import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { DecisionsService, DecisionView } from './decisions.service.js';
import { CreateTriggerBody, ListTriggersQuery, PatchTriggerBody, TestTriggerBody, TriggerLogQuery } from './trigger.dto.js';
import { TriggerView } from './trigger.view.js';
import { TriggersService, type TriggerTestView } from './triggers.service.js';

const TriggerId = () => Param('id', new TypeIdPipe('trg'));

@ApiTags('triggers')
@Controller('api/v1/flows')
export class TriggersController {
  constructor(
    private readonly triggers: TriggersService,
    private readonly decisions: DecisionsService,
  ) {}

  @Get('triggers')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listTriggers', summary: 'List triggers, newest first' })
  @ApiPageResponse(TriggerView)
  list(@Call() call: ApiCall, @Query() query: ListTriggersQuery): Promise<Page<TriggerView>> {
    return this.triggers.list(call, query);
  }

  @Post('triggers')
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'createTrigger', summary: 'Let events start a workflow' })
  @ApiCreatedResponse({ type: TriggerView })
  create(@Call() call: ApiCall, @Body() body: CreateTriggerBody): Promise<Answer> {
    return this.triggers.create(call, body);
  }

  @Get('triggers/:id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getTrigger', summary: 'One trigger' })
  @ApiOkResponse({ type: TriggerView })
  get(@Call() call: ApiCall, @TriggerId() id: string): Promise<TriggerView> {
    return this.triggers.get(call, id);
  }

  @Patch('triggers/:id')
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'updateTrigger', summary: 'Change, enable or disable a trigger' })
  @ApiOkResponse({ type: TriggerView })
  patch(@Call() call: ApiCall, @TriggerId() id: string, @Body() body: PatchTriggerBody): Promise<TriggerView> {
    return this.triggers.patch(call, id, body);
  }

  @Delete('triggers/:id')
  @Scopes('flows:write')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteTrigger', summary: 'Delete a trigger' })
  @ApiNoContentResponse()
  remove(@Call() call: ApiCall, @TriggerId() id: string): Promise<void> {
    return this.triggers.remove(call, id);
  }

  @Post('triggers/:id/test')
  @Scopes('flows:read')
  @HttpCode(200)
  @ApiOperation({ operationId: 'testTrigger', summary: 'What the trigger would do with an event, and why' })
  test(@Call() call: ApiCall, @TriggerId() id: string, @Body() body: TestTriggerBody): Promise<TriggerTestView> {
    return this.triggers.test(call, id, body);
  }

  @Get('triggers/:id/log')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listTriggerLog', summary: 'What the trigger decided for each event, newest first' })
  @ApiPageResponse(DecisionView)
  log(@Call() call: ApiCall, @TriggerId() id: string, @Query() query: TriggerLogQuery): Promise<Page<DecisionView>> {
    return this.decisions.logOfTrigger(call, id, query);
  }

  @Get('events/:event_id/decisions')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listEventDecisions', summary: 'What every trigger decided for an event' })
  @ApiPageResponse(DecisionView)
  ofEvent(@Call() call: ApiCall, @Param('event_id') eventId: string, @Query() query: PageQuery): Promise<Page<DecisionView>> {
    return this.decisions.ofEvent(call, eventId, query);
  }
}
