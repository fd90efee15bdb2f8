import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { AgentView, CreateAgentBody } from './agent.dto.js';
import { AgentsService } from './agents.service.js';

@ApiTags('agents')
@Controller('api/v1/agents')
export class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @Post()
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'createAgent', summary: 'Configure an agent' })
  @ApiCreatedResponse({ type: AgentView })
  create(@Call() call: ApiCall, @Body() body: CreateAgentBody): Promise<Answer> {
    return this.agents.create(call, body);
  }

  @Get()
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listAgents', summary: 'List agents, newest first' })
  @ApiPageResponse(AgentView)
  list(@Call() call: ApiCall, @Query() query: PageQuery): Promise<Page<AgentView>> {
    return this.agents.list(call, query);
  }

  @Get(':id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getAgent', summary: 'One agent' })
  @ApiOkResponse({ type: AgentView })
  get(@Call() call: ApiCall, @Param('id', new TypeIdPipe('agt')) id: string): Promise<AgentView> {
    return this.agents.get(call, id);
  }
}
