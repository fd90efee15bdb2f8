import { Module, type DynamicModule } from '@nestjs/common';
import { PRODUCER_LIMITS, topicNames } from '@flows/contracts';
import { createKafkaDriver, type KafkaDriver } from '@flows/kafka';
import { createPool } from '@flows/postgres';
import type { ServiceContext } from '@flows/service-kit';
import type { OrchestratorConfig } from './orchestrator.config.js';
import { DRIVER, ENGINE_POOL, PRODUCER, TOPICS } from './orchestrator.tokens.js';
import { AdmissionStore } from './admission/admission.store.js';
import { Admitter } from './admission/admitter.js';
import { AfterCommit } from './after-commit/after-commit.js';
import { ChildRuns } from './after-commit/child-runs.js';
import { ChildWorkflows } from './after-commit/child-workflows.js';
import { ApprovalStore } from './approvals/approval.store.js';
import { PlanCache } from './plans/plan.cache.js';
import { RunInputsConsumer } from './run-inputs/run-inputs.consumer.js';
import { RunInputsHandler } from './run-inputs/run-inputs.handler.js';
import { RunBatchProcessor } from './runs/run-batch.processor.js';
import { RunCache } from './runs/run.cache.js';
import { ScopeStore } from './runs/scope.store.js';
import { RunStore } from './runs/run.store.js';
import { RunsSweeper } from './sweeps/runs.sweeper.js';
import { TimersPoller } from './timers/timers.poller.js';

@Module({})
export class OrchestratorModule {
  static register({ config, logger }: ServiceContext<OrchestratorConfig>): DynamicModule {
    return {
      module: OrchestratorModule,
      controllers: [RunInputsConsumer],
      providers: [
        {
          provide: ENGINE_POOL,
          useFactory: () =>
            createPool({
              url: config.databaseUrl,
              role: 'engine',
              max: config.databasePoolSize,
              applicationName: 'orchestrator',
              // A batch joins its own list with runs by primary key; without statistics the planner may prefer to read the whole table.
              settings: { enable_hashjoin: 'off', enable_mergejoin: 'off' },
              onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
            }),
        },
        {
          provide: DRIVER,
          useFactory: () =>
            createKafkaDriver({ brokers: [...config.kafkaBrokers], clientId: `orchestrator-${config.instanceId}`, logger }),
        },
        { provide: PRODUCER, useFactory: (driver: KafkaDriver) => driver.producer(PRODUCER_LIMITS), inject: [DRIVER] },
        { provide: TOPICS, useValue: topicNames(config.kafkaTopicPrefix) },
        ScopeStore,
        ApprovalStore,
        RunStore,
        RunCache,
        PlanCache,
        RunBatchProcessor,
        ChildWorkflows,
        ChildRuns,
        AfterCommit,
        RunInputsHandler,
        TimersPoller,
        RunsSweeper,
        AdmissionStore,
        Admitter,
      ],
    };
  }
}
