import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { runChecks } from '@flows/service-kit';
import { Public } from '../access/access.decorators.js';
import { ApiProblem } from '../http/api-problem.js';
import { Readiness } from './readiness.js';

/** Health for those who only reach the REST port; supervisors ask the management port. */
@ApiTags('health')
@Controller('api/v1/health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @HttpCode(200)
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process answers' })
  @ApiOkResponse()
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ operationId: 'getReadiness', summary: 'The parts that it needs answer' })
  @ApiOkResponse()
  @ApiServiceUnavailableResponse()
  async ready(): Promise<{ status: string; checks: object }> {
    const { ok, checks } = await runChecks(this.readiness.checks);
    if (!ok)
      throw new ApiProblem('unavailable', 'Not every part answers; see checks', {
        extensions: { checks },
        headers: { 'retry-after': '1' },
      });
    return { status: 'ok', checks };
  }
}
