import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedRequest } from '../access/access.guard.js';
import { ScopesOrInstallation } from '../access/access.decorators.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { DeadLettersService, DeadLetterView } from './dead-letters.service.js';

@ApiTags('dead letters')
@Controller('api/v1/flows/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLettersService) {}

  @Get()
  @ScopesOrInstallation('flows:read')
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'What could not be processed, with the reason; the admin token sees all, also what belongs to no workspace',
  })
  @ApiPageResponse(DeadLetterView)
  list(@Req() request: AuthenticatedRequest, @Query() query: PageQuery): Promise<Page<DeadLetterView>> {
    return this.letters.list(scopeOf(request), query);
  }
}

/** Null, which means all, only for the administrator. */
function scopeOf({ principal }: AuthenticatedRequest): string | null {
  if (principal === undefined) throw new Error('The guard lets nobody in without a principal');
  return principal.kind === 'installation' ? null : principal.workspaceId;
}
