import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { VersionNumberPipe } from '../http/version-number.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { VersionItem, VersionsService, VersionView } from './versions.service.js';
import { WorkflowGraphsService, type ValidationView } from './workflow-graphs.service.js';
import {
  CreateWorkflowBody,
  GraphBody,
  ListWorkflowsQuery,
  PatchWorkflowBody,
  PublishBody,
  ValidateGraphBody,
} from './workflow.dto.js';
import { WorkflowItem, WorkflowView } from './workflow.view.js';
import { WorkflowsService } from './workflows.service.js';

const WorkflowId = () => Param('id', new TypeIdPipe('wf'));

@ApiTags('workflows')
@Controller('api/v1/flows/workflows')
export class WorkflowsController {
  constructor(
    private readonly workflows: WorkflowsService,
    private readonly graphs: WorkflowGraphsService,
    private readonly versions: VersionsService,
  ) {}

  @Get()
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listWorkflows', summary: 'List workflows, newest first' })
  @ApiPageResponse(WorkflowItem)
  list(@Call() call: ApiCall, @Query() query: ListWorkflowsQuery): Promise<Page<WorkflowItem>> {
    return this.workflows.list(call, query);
  }

  @Post()
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'createWorkflow', summary: 'Create a workflow with a first draft; it never starts by itself' })
  @ApiCreatedResponse({ type: WorkflowView })
  create(@Call() call: ApiCall, @Body() body: CreateWorkflowBody): Promise<Answer> {
    return this.workflows.create(call, body);
  }

  @Get(':id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getWorkflow', summary: 'A workflow with its current and draft graph, and its triggers' })
  @ApiOkResponse({ type: WorkflowView })
  get(@Call() call: ApiCall, @WorkflowId() id: string, @Headers('if-none-match') ifNoneMatch?: string): Promise<Answer> {
    return this.workflows.get(call, id, ifNoneMatch);
  }

  @Patch(':id')
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'updateWorkflow', summary: 'Rename, switch on or off, change the draft beside its graph' })
  @ApiOkResponse({ type: WorkflowView })
  patch(
    @Call() call: ApiCall,
    @WorkflowId() id: string,
    @Body() body: PatchWorkflowBody,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Answer> {
    return this.workflows.patch(call, id, body, ifMatch);
  }

  @Delete(':id')
  @Scopes('flows:write')
  @HttpCode(204)
  @ApiOperation({ operationId: 'archiveWorkflow', summary: 'Archive; 409 while runs are live' })
  @ApiNoContentResponse()
  archive(@Call() call: ApiCall, @WorkflowId() id: string): Promise<void> {
    return this.workflows.archive(call, id);
  }

  @Put(':id/graph')
  @Scopes('flows:write')
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag of the workflow as it was read' })
  @ApiOperation({ operationId: 'replaceWorkflowGraph', summary: 'Replace steps, edges and conditions of the draft' })
  @ApiOkResponse({ type: WorkflowView })
  replaceGraph(
    @Call() call: ApiCall,
    @WorkflowId() id: string,
    @Body() body: GraphBody,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Answer> {
    return this.graphs.replace(call, id, body, ifMatch);
  }

  @Post(':id/validate')
  @Scopes('flows:read')
  @HttpCode(200)
  @ApiOperation({ operationId: 'validateWorkflow', summary: 'Every problem of a graph, or of the draft; nothing is saved' })
  validate(@Call() call: ApiCall, @WorkflowId() id: string, @Body() body: ValidateGraphBody): Promise<ValidationView> {
    return this.graphs.validate(call, id, body);
  }

  @Post(':id/publish')
  @Scopes('flows:write')
  @HttpCode(200)
  @ApiOperation({ operationId: 'publishWorkflow', summary: 'Make the draft the version that new runs take' })
  @ApiOkResponse({ type: WorkflowView })
  publish(@Call() call: ApiCall, @WorkflowId() id: string, @Body() body: PublishBody): Promise<Answer> {
    return this.graphs.publish(call, id, body);
  }

  @Get(':id/versions')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listWorkflowVersions', summary: 'Versions, newest first' })
  @ApiPageResponse(VersionItem)
  listVersions(@Call() call: ApiCall, @WorkflowId() id: string, @Query() query: PageQuery): Promise<Page<VersionItem>> {
    return this.versions.list(call, id, query);
  }

  @Get(':id/versions/:number')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getWorkflowVersion', summary: 'One version with its graph' })
  @ApiOkResponse({ type: VersionView })
  getVersion(
    @Call() call: ApiCall,
    @WorkflowId() id: string,
    @Param('number', new VersionNumberPipe()) number: number,
  ): Promise<VersionView> {
    return this.versions.get(call, id, number);
  }
}
