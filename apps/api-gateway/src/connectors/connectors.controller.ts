import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { ConnectionView, ConnectorView, CreateConnectionBody, PatchConnectionBody, ReauthoriseBody } from './connection.dto.js';
import { ConnectorsService } from './connectors.service.js';

@ApiTags('connectors')
@Controller('api/v1/connectors')
export class ConnectorsController {
  constructor(private readonly connectors: ConnectorsService) {}

  @Get()
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listConnectors', summary: 'What can be connected, with the schemas of all actions' })
  @ApiPageResponse(ConnectorView)
  catalogue(): { items: ConnectorView[]; next_cursor: null; total: number } {
    return this.connectors.catalogue();
  }

  @Post('connections')
  @Scopes('connections:manage')
  @ApiOperation({ operationId: 'createConnection', summary: 'Connect the workspace to a provider' })
  @ApiCreatedResponse({ type: ConnectionView })
  create(@Call() call: ApiCall, @Body() body: CreateConnectionBody): Promise<Answer> {
    return this.connectors.create(call, body);
  }

  @Get('connections')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listConnections', summary: 'List connections, newest first' })
  @ApiPageResponse(ConnectionView)
  list(@Call() call: ApiCall, @Query() query: PageQuery): Promise<Page<ConnectionView>> {
    return this.connectors.list(call, query);
  }

  @Get('connections/:id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getConnection', summary: 'One connection; credentials are never shown' })
  @ApiOkResponse({ type: ConnectionView })
  get(@Call() call: ApiCall, @Param('id', new TypeIdPipe('conn')) id: string): Promise<ConnectionView> {
    return this.connectors.get(call, id);
  }

  @Patch('connections/:id')
  @Scopes('connections:manage')
  @ApiOperation({
    operationId: 'updateConnection',
    summary: 'Change role, settings, limits or status; steps that start from now on use them',
  })
  @ApiOkResponse({ type: ConnectionView })
  patch(
    @Call() call: ApiCall,
    @Param('id', new TypeIdPipe('conn')) id: string,
    @Body() body: PatchConnectionBody,
  ): Promise<ConnectionView> {
    return this.connectors.patch(call, id, body);
  }

  @Post('connections/:id/reauthorise')
  @Scopes('connections:manage')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reauthoriseConnection',
    summary: 'Say that the provider takes the connection again: runs that wait for it go on',
  })
  @ApiOkResponse({ type: ConnectionView })
  reauthorise(
    @Call() call: ApiCall,
    @Param('id', new TypeIdPipe('conn')) id: string,
    @Body() body: ReauthoriseBody,
  ): Promise<ConnectionView> {
    return this.connectors.reauthorise(call, id, body);
  }
}
