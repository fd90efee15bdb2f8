import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../access/access.decorators.js';
import { Call, type ApiCall } from '../access/api-call.js';
import type { Answer } from '../http/answer.js';
import { TypeIdPipe } from '../http/type-id.pipe.js';
import { ApiPageResponse } from '../openapi/api-page-response.js';
import type { Page } from '../paging/page.js';
import { PageQuery } from '../paging/page-query.dto.js';
import { BulkBody, BulkJobView } from './bulk-job.dto.js';
import { BulkJobsService } from './bulk-jobs.service.js';

const JobId = () => Param('id', new TypeIdPipe('blk'));

@ApiTags('bulk jobs')
@Controller('api/v1/flows/runs/bulk')
export class BulkJobsController {
  constructor(private readonly jobs: BulkJobsService) {}

  @Post()
  @Scopes('runs:control')
  @HttpCode(202)
  @ApiOperation({ operationId: 'createBulkJob', summary: 'Do something with all runs that a filter finds now' })
  @ApiAcceptedResponse({ type: BulkJobView })
  create(@Call() call: ApiCall, @Body() body: BulkBody): Promise<Answer> {
    return this.jobs.create(call, body);
  }

  @Get()
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'listBulkJobs', summary: 'Bulk jobs, newest first' })
  @ApiPageResponse(BulkJobView)
  list(@Call() call: ApiCall, @Query() query: PageQuery): Promise<Page<BulkJobView>> {
    return this.jobs.list(call, query);
  }

  @Get(':id')
  @Scopes('flows:read')
  @ApiOperation({ operationId: 'getBulkJob', summary: 'A bulk job with its progress' })
  @ApiOkResponse({ type: BulkJobView })
  get(@Call() call: ApiCall, @JobId() id: string): Promise<BulkJobView> {
    return this.jobs.get(call, id);
  }

  @Post(':id/stop')
  @Scopes('runs:control')
  @HttpCode(202)
  @ApiOperation({ operationId: 'stopBulkJob', summary: 'Take up no further runs; what was done stays done' })
  @ApiAcceptedResponse({ type: BulkJobView, description: 'It stops after the page at hand' })
  @ApiOkResponse({ type: BulkJobView, description: 'It has ended' })
  stop(@Call() call: ApiCall, @JobId() id: string): Promise<Answer> {
    return this.jobs.stop(call, id);
  }
}
