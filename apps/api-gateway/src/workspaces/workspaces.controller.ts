import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InstallationOnly } from '../access/access.decorators.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { CreatedWorkspaceView, CreateWorkspaceBody, WorkspaceView } from './workspace.dto.js';
import { WorkspacesService } from './workspaces.service.js';

@ApiTags('workspaces')
@Controller('api/v1/workspaces')
export class WorkspacesController {
  constructor(private readonly workspaces: WorkspacesService) {}

  @Post()
  @InstallationOnly()
  @ApiOperation({ operationId: 'createWorkspace', summary: 'Create a workspace and its first key' })
  @ApiCreatedResponse({ type: CreatedWorkspaceView })
  create(@Body() body: CreateWorkspaceBody): Promise<CreatedWorkspaceView> {
    return this.workspaces.create(body);
  }

  @Get()
  @InstallationOnly()
  @ApiOperation({ operationId: 'listWorkspaces', summary: 'List all workspaces' })
  @ApiPageResponse(WorkspaceView)
  list(@Query() query: PageQuery): Promise<Page<WorkspaceView>> {
    return this.workspaces.list(query);
  }
}
