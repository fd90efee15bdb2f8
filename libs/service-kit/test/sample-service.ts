/** A service with everything that a service may have, which logs what happens to it: the subject of run-service.int.spec.ts. */
import { Controller, Get, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import {
  commonFields,
  defineConfig,
  failpoint,
  integer,
  runService,
  SERVICE_CONFIG,
  SERVICE_LOGGER,
  text,
  type CommonConfig,
  type Logger,
} from '@flows/service-kit';

const config = defineConfig({ ...commonFields, port: integer('PORT'), mode: text('MODE', { default: 'fine' }) });

@Controller()
class SampleController implements OnApplicationShutdown {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: CommonConfig,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  @Get('instance')
  instance(): { instance: string } {
    return { instance: this.config.instanceId };
  }

  @Get('slow')
  async slow(): Promise<string> {
    this.logger.info('slow request began');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return 'done';
  }

  @Get('failpoint')
  async failpoint(): Promise<string> {
    await failpoint('gateway.after_insert_before_publish');
    return 'passed';
  }

  @Get('stray')
  stray(): string {
    void Promise.reject(new Error('stray'));
    return 'ok';
  }

  onApplicationShutdown(): void {
    this.logger.info('application shut down');
  }
}

@Module({ controllers: [SampleController] })
class SampleModule {}

class SampleStrategy implements CustomTransportStrategy {
  constructor(private readonly logger: Logger) {}
  listen(started: () => void): void {
    started();
  }
  async close(): Promise<void> {
    this.logger.info('strategy closed');
    if (config().mode === 'stuck') await new Promise(() => undefined);
  }
}

let looks = 0;
await runService({
  name: 'sample',
  config,
  module: () => SampleModule,
  http: { port: ({ port }) => port },
  strategies: (_app, { logger }) => [new SampleStrategy(logger)],
  readiness: (_app, { config: { mode } }) => ({
    database: () => {
      looks += 1;
      if (mode === 'late' && looks <= 2) throw new Error('no database yet');
    },
  }),
  onStop: (_app, { logger }) => [{ name: 'pool', run: () => logger.info('pool closed') }],
});
