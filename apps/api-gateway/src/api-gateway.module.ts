import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { createHmac, randomBytes } from 'node:crypto';
import { AccessGuard } from './access/access.guard.js';
import { ApiKeyDirectory } from './access/api-key.directory.js';
import { KeyRevocationListener } from './access/key-revocation.listener.js';
import { AgentsController } from './agents/agents.controller.js';
import { AgentsService } from './agents/agents.service.js';
import type { ApiGatewayConfig } from './api-gateway.config.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { WorkspaceCatalogue } from './catalogue/workspace-catalogue.js';
import { ConnectorsController } from './connectors/connectors.controller.js';
import { ConnectorsService } from './connectors/connectors.service.js';
import { DatabaseModule } from './database/database.module.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLettersRepository } from './dead-letters/dead-letters.repository.js';
import { DeadLettersService } from './dead-letters/dead-letters.service.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { MethodNotAllowedRoutes } from './http/method-not-allowed.routes.js';
import { ProblemFilter } from './http/problem.filter.js';
import { StrictDtoPipe } from './http/strict-dto.pipe.js';
import { ExpiredKeysSweeper } from './idempotency/expired-keys.sweeper.js';
import { KafkaModule } from './kafka/kafka.module.js';
import { OpenApiController, OpenApiHolder } from './openapi/openapi.controller.js';
import { CursorCodec } from './paging/cursor.js';
import { NewestFirst } from './paging/newest-first.js';
import { IdempotentRunStarts } from './runs/idempotent-run-starts.js';
import { RunIntake } from './runs/run-intake.js';
import { RunIntakeQueue } from './runs/run-intake.queue.js';
import { RunRequestsPublisher } from './runs/run-requests.publisher.js';
import { RunStartsService } from './runs/run-starts.service.js';
import { RunWaiter } from './runs/run-waiter.js';
import { RunsController } from './runs/runs.controller.js';
import { RunsRepository } from './runs/runs.repository.js';
import { RunsService } from './runs/runs.service.js';
import { StartableVersions } from './runs/startable-versions.js';
import { TemplatesController } from './templates/templates.controller.js';
import { TemplatesService } from './templates/templates.service.js';
import { DecisionsRepository } from './triggers/decisions.repository.js';
import { DecisionsService } from './triggers/decisions.service.js';
import { TriggersController } from './triggers/triggers.controller.js';
import { TriggersService } from './triggers/triggers.service.js';
import { FlowChecks } from './workflows/flow-checks.js';
import { VersionsService } from './workflows/versions.service.js';
import { WorkflowDrafts } from './workflows/workflow-drafts.js';
import { WorkflowGraphsService } from './workflows/workflow-graphs.service.js';
import { WorkflowInstaller } from './workflows/workflow.installer.js';
import { WorkflowsController } from './workflows/workflows.controller.js';
import { WorkflowsRepository } from './workflows/workflows.repository.js';
import { WorkflowsService } from './workflows/workflows.service.js';
import { WorkspacesController } from './workspaces/workspaces.controller.js';
import { WorkspacesRepository } from './workspaces/workspaces.repository.js';
import { WorkspacesService } from './workspaces/workspaces.service.js';

/** The REST edge: authenticate, authorise, validate, translate. No run rules. */
@Module({
  imports: [DatabaseModule, KafkaModule],
  controllers: [
    WorkspacesController,
    ApiKeysController,
    WorkflowsController,
    RunsController,
    TriggersController,
    TemplatesController,
    ConnectorsController,
    AgentsController,
    DeadLettersController,
    HealthController,
    OpenApiController,
  ],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_PIPE, useClass: StrictDtoPipe },
    { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
    {
      provide: CursorCodec,
      inject: [SERVICE_CONFIG],
      useFactory: (config: ApiGatewayConfig) => new CursorCodec(cursorSecret(config)),
    },
    MethodNotAllowedRoutes,
    OpenApiHolder,
    Readiness,
    NewestFirst,
    WorkspaceCatalogue,
    ExpiredKeysSweeper,
    ApiKeyDirectory,
    KeyRevocationListener,
    ApiKeysService,
    WorkspacesRepository,
    WorkspacesService,
    WorkflowsRepository,
    WorkflowDrafts,
    FlowChecks,
    WorkflowsService,
    WorkflowGraphsService,
    VersionsService,
    WorkflowInstaller,
    StartableVersions,
    RunIntake,
    RunIntakeQueue,
    IdempotentRunStarts,
    RunRequestsPublisher,
    RunWaiter,
    RunStartsService,
    RunsRepository,
    RunsService,
    DecisionsRepository,
    DecisionsService,
    TriggersService,
    TemplatesService,
    ConnectorsService,
    AgentsService,
    DeadLettersRepository,
    DeadLettersService,
  ],
})
export class ApiGatewayModule {}

/** Without a secret of its own and without an admin token, cursors live as long as the process. */
function cursorSecret({ cursorSecret: own, adminToken }: ApiGatewayConfig): string | Buffer {
  if (own !== undefined) return own;
  return adminToken === undefined ? randomBytes(32) : createHmac('sha256', adminToken).update('flows cursors').digest();
}
