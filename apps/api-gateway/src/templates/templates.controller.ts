import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { WorkflowView } from '../workflows/workflow.view.js';
import { InstantiateTemplateBody, ListTemplatesQuery, TemplateItem, TemplateView } from './template.dto.js';
import { TemplatesService } from './templates.service.js';

@ApiTags('templates')
@Controller('api/v1/flows/templates')
export class TemplatesController {
  constructor(private readonly templates: TemplatesService) {}

  @Get()
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listTemplates', summary: 'The gallery' })
  @ApiPageResponse(TemplateItem)
  list(@Call() call: ApiCall, @Query() query: ListTemplatesQuery): Page<TemplateItem> {
    return this.templates.list(call, query);
  }

  @Get(':slug')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getTemplate', summary: 'One template with its inputs form and its graph' })
  @ApiOkResponse({ type: TemplateView })
  get(@Param('slug') slug: string): TemplateView {
    return this.templates.get(slug);
  }

  @Post(':slug/instantiate')
  @Scopes('flows:write')
  @ApiOperation({ operationId: 'instantiateTemplate', summary: 'Make a workflow from inputs, with its trigger and agents' })
  @ApiCreatedResponse({ type: WorkflowView })
  instantiate(@Call() call: ApiCall, @Param('slug') slug: string, @Body() body: InstantiateTemplateBody): Promise<Answer> {
    return this.templates.instantiate(call, slug, body);
  }
}
