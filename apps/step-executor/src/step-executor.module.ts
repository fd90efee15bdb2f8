import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { openBlobStore } from '@flows/blob-store';
import { createAgentRuntime, offlineProvider, openAiProvider } from '@flows/agents';
import { createEgress } from '@flows/connectors';
import { PRODUCER_LIMITS, STEP_POOLS, topicNames, type StepPool } from '@flows/contracts';
import { createKafkaDriver, type KafkaDriver } from '@flows/kafka';
import { createPool } from '@flows/postgres';
import { SERVICE_CONFIG, type ServiceContext } from '@flows/service-kit';
import { randomUUID } from 'node:crypto';
import { AttemptsUnderWay } from './attempts/attempts-under-way.js';
import { CancelWatch } from './attempts/cancel.watch.js';
import { CommandPath } from './attempts/command.path.js';
import { CommandProcessor } from './attempts/command.processor.js';
import { OutputKeeper } from './attempts/output.keeper.js';
import { ProgressReporter } from './attempts/progress.reporter.js';
import { InputResolver } from './blobs/input.resolver.js';
import { CatalogueCache } from './catalogue/catalogue.cache.js';
import { DeadLetters } from './commands/dead-letters.js';
import { CONSUMERS } from './commands/step-commands.consumer.js';
import { AgentHandler } from './handlers/agent/agent.handler.js';
import { readPrices } from './handlers/agent/agent-prices.js';
import { CodeHandler } from './handlers/code/code.handler.js';
import { CodePool } from './handlers/code/code.pool.js';
import { ConnectorHandler } from './handlers/connector/connector.handler.js';
import { HttpHandler } from './handlers/http/http.handler.js';
import { WorkRouter } from './handlers/work.router.js';
import { EffectGate } from './ledger/effect.gate.js';
import { EffectLedger } from './ledger/effect.ledger.js';
import { LeaseKeeper } from './ledger/lease.keeper.js';
import { ConnectionLimits } from './limits/connection.limits.js';
import { ConnectionRules } from './limits/connection.rules.js';
import { PaceStore } from './limits/pace.store.js';
import { ReauthFlip } from './limits/reauth.flip.js';
import { ReportPublisher } from './reports/report.publisher.js';
import type { StepExecutorConfig } from './step-executor.config.js';
import {
  AGENT_RUNTIME,
  BLOB_STORE,
  CLAIMANT,
  CODE_POOL,
  DRIVER,
  EGRESS,
  ENGINE_POOL,
  PRODUCER,
  TOPICS,
} from './step-executor.tokens.js';

@Module({})
export class StepExecutorModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly cancels: CancelWatch,
    private readonly progress: ProgressReporter,
    @Inject(CODE_POOL) private readonly codePool: CodePool,
    @Inject(SERVICE_CONFIG) private readonly config: StepExecutorConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.cancels.start();
    this.progress.start();
  }

  /** Before the consumers stop, so that what ends now still commits its offset. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.processor.drain(this.config.drainGraceMs);
    this.cancels.stop();
    this.progress.stop();
    await this.codePool.close();
  }

  static register({ config, logger }: ServiceContext<StepExecutorConfig>): DynamicModule {
    return {
      module: StepExecutorModule,
      controllers: poolsOf(config).map((pool) => CONSUMERS[pool]),
      providers: [
        {
          provide: ENGINE_POOL,
          useFactory: () =>
            createPool({
              url: config.databaseUrl,
              role: 'engine',
              max: config.databasePoolSize,
              applicationName: 'step-executor',
              // The ledger is asked by primary key; without statistics the planner may prefer to read the whole table.
              settings: { enable_hashjoin: 'off', enable_mergejoin: 'off' },
              onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
            }),
        },
        {
          provide: DRIVER,
          useFactory: () =>
            createKafkaDriver({ brokers: [...config.kafkaBrokers], clientId: `step-executor-${config.instanceId}`, logger }),
        },
        { provide: PRODUCER, useFactory: (driver: KafkaDriver) => driver.producer(PRODUCER_LIMITS), inject: [DRIVER] },
        { provide: TOPICS, useValue: topicNames(config.kafkaTopicPrefix) },
        { provide: CLAIMANT, useValue: `${config.instanceId}/${randomUUID()}` },
        { provide: EGRESS, useFactory: () => createEgress({ allowCidrs: config.egressAllowCidrs }) },
        {
          provide: AGENT_RUNTIME,
          useFactory: () =>
            createAgentRuntime([
              offlineProvider,
              openAiProvider({
                baseUrl: config.openaiBaseUrl,
                apiKey: config.openaiApiKey,
                prices: readPrices(config.agentPrices),
              }),
            ]),
        },
        {
          provide: BLOB_STORE,
          useFactory: () =>
            config.blobStoreUrl === undefined
              ? null
              : openBlobStore({
                  url: config.blobStoreUrl,
                  accessKeyId: config.blobStoreAccessKeyId,
                  secretAccessKey: config.blobStoreSecretAccessKey,
                }),
        },
        { provide: CODE_POOL, useFactory: () => new CodePool(config.codeThreads) },
        CatalogueCache,
        AgentHandler,
        CodeHandler,
        ConnectorHandler,
        HttpHandler,
        WorkRouter,
        EffectLedger,
        LeaseKeeper,
        EffectGate,
        ReportPublisher,
        DeadLetters,
        PaceStore,
        ConnectionLimits,
        ReauthFlip,
        ConnectionRules,
        InputResolver,
        OutputKeeper,
        AttemptsUnderWay,
        CommandPath,
        CommandProcessor,
        CancelWatch,
        ProgressReporter,
      ],
    };
  }
}

/** @throws Error naming a pool that does not exist. */
export function poolsOf(config: StepExecutorConfig): StepPool[] {
  return config.pools.map((name) => {
    const pool = STEP_POOLS.find((known) => known === name);
    if (pool === undefined) throw new Error(`EXECUTOR_POOLS has "${name}": choose among ${STEP_POOLS.join(', ')}`);
    return pool;
  });
}
