import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { CommonConfig } from '../config/service-fields.js';
import { NestLogger } from '../logging/nest-logger.js';
import { SERVICE_CONFIG, SERVICE_LOGGER, type ServiceContext } from './service-context.js';

export type FastifyOptions = ConstructorParameters<typeof FastifyAdapter>[0];

@Module({})
class ServiceModule {}

/** The service's module, with config and logger injectable everywhere. Errors are thrown, not turned into an exit by the framework. */
export function createApplication<C extends CommonConfig>(
  module: Type<unknown> | DynamicModule,
  { config, logger }: ServiceContext<C>,
  fastify: FastifyOptions,
): Promise<NestFastifyApplication> {
  const providers = [
    { provide: SERVICE_CONFIG, useValue: config },
    { provide: SERVICE_LOGGER, useValue: logger },
  ];
  const root: DynamicModule = { module: ServiceModule, global: true, imports: [module], providers, exports: providers };
  return NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(fastify), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}
