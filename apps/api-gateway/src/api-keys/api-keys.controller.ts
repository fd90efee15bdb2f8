import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import type { Answer } from '../http/answer.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { ApiKeyView, CreateApiKeyBody, CreatedApiKeyView } from './api-key.dto.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('api keys')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Scopes('admin')
  @ApiOperation({ operationId: 'createApiKey', summary: 'Create a key; its token is shown once' })
  @ApiCreatedResponse({ type: CreatedApiKeyView })
  create(@Call() call: ApiCall, @Body() body: CreateApiKeyBody): Promise<Answer> {
    return this.keys.create(call, body);
  }

  @Get()
  @Scopes('admin')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List keys, revoked ones included' })
  @ApiPageResponse(ApiKeyView)
  list(@Call() call: ApiCall, @Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(call, query);
  }

  @Delete(':id')
  @Scopes('admin')
  @HttpCode(204)
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke a key, at once and for good' })
  @ApiNoContentResponse()
  revoke(@Call() call: ApiCall, @Param('id', new TypeIdPipe('key')) id: string): Promise<void> {
    return this.keys.revoke(call, id);
  }
}
