import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { openBlobStore, type BlobStore } from '@flows/blob-store';
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
import { ApprovalsController } from './approvals/approvals.controller.js';
import { ApprovalsRepository } from './approvals/approvals.repository.js';
import { ApprovalsService } from './approvals/approvals.service.js';
import { BLOB_STORE } from './blobs/blob-store.token.js';
import { BulkJobsController } from './bulk-runs/bulk-jobs.controller.js';
import { BulkJobsRepository } from './bulk-runs/bulk-jobs.repository.js';
import { BulkJobsService } from './bulk-runs/bulk-jobs.service.js';
import { BulkJobsWorker } from './bulk-runs/bulk-jobs.worker.js';
import { BulkPagePerformer } from './bulk-runs/bulk-page.performer.js';
import { WorkspaceCatalogue } from './catalogue/workspace-catalogue.js';
import { ConnectorsController } from './connectors/connectors.controller.js';
import { ConnectorsService } from './connectors/connectors.service.js';
import { RunResumptions } from './connectors/run-resumptions.js';
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
import { OldRecordsSweeper } from './retention/old-records.sweeper.js';
import { RetryPlansRepository } from './run-control/retry-plans.repository.js';
import { RunControlController } from './run-control/run-control.controller.js';
import { RunControlsService } from './run-control/run-controls.service.js';
import { RunPlans } from './run-control/run-plans.js';
import { RunReplaysService } from './run-control/run-replays.service.js';
import { RunRetriesService } from './run-control/run-retries.service.js';
import { RunSignalsService } from './run-control/run-signals.service.js';
import { IdempotentRunStarts } from './runs/idempotent-run-starts.js';
import { RunInputsPublisher } from './runs/run-inputs.publisher.js';
import { RunIntake } from './runs/run-intake.js';
import { RunIntakeQueue } from './runs/run-intake.queue.js';
import { RunRequestsPublisher } from './runs/run-requests.publisher.js';
import { RunStartsService } from './runs/run-starts.service.js';
import { RunStepsService } from './runs/run-steps.service.js';
import { RunTracesRepository } from './runs/run-traces.repository.js';
import { RunWaiter } from './runs/run-waiter.js';
import { RunsController } from './runs/runs.controller.js';
import { RunsRepository } from './runs/runs.repository.js';
import { RunsService } from './runs/runs.service.js';
import { StepOutputsService } from './runs/step-outputs.service.js';
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
    BulkJobsController,
    RunsController,
    RunControlController,
    ApprovalsController,
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
    { provide: BLOB_STORE, inject: [SERVICE_CONFIG], useFactory: openConfiguredBlobStore },
    MethodNotAllowedRoutes,
    OpenApiHolder,
    Readiness,
    NewestFirst,
    WorkspaceCatalogue,
    ExpiredKeysSweeper,
    OldRecordsSweeper,
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
    RunInputsPublisher,
    RunWaiter,
    RunStartsService,
    RunsRepository,
    RunsService,
    RunTracesRepository,
    RunStepsService,
    StepOutputsService,
    RunPlans,
    RunControlsService,
    RetryPlansRepository,
    RunRetriesService,
    RunReplaysService,
    RunSignalsService,
    ApprovalsRepository,
    ApprovalsService,
    BulkJobsRepository,
    BulkPagePerformer,
    BulkJobsWorker,
    BulkJobsService,
    DecisionsRepository,
    DecisionsService,
    TriggersService,
    TemplatesService,
    RunResumptions,
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

function openConfiguredBlobStore(config: ApiGatewayConfig): BlobStore | null {
  const { blobStoreUrl: url, blobStoreAccessKeyId: accessKeyId, blobStoreSecretAccessKey: secretAccessKey } = config;
  return url === undefined ? null : openBlobStore({ url, accessKeyId, secretAccessKey });
}
