/**
 * The life of a service process, the same for all of them.
 *
 *   config ─► logger ─► telemetry ─► management server ─► application ─► transports, HTTP ─► checks pass ─► "ready" ─► … ─► stop
 *
 * Owns the process: signals, exit codes, what is said when. Refuses to know what a service does.
 * Exit codes: 0 stopped, 1 failed, 78 bad settings.
 */
import { startTelemetry, stopTelemetry } from '@flows/telemetry';
import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import type { ConfigReader } from '../config/define-config.js';
import type { CommonConfig } from '../config/service-fields.js';
import { armFailpoints } from '../failpoints/failpoint.js';
import type { Checks } from '../health/health-checks.js';
import { ManagementServer, type ManagementState } from '../health/management-server.js';
import { createLogger } from '../logging/create-logger.js';
import { closeApplication } from './close-application.js';
import { crashOnUncaught, exitOnConfigError } from './crash.js';
import { createApplication, type FastifyOptions } from './create-application.js';
import { announceReady, type ReadyMessage } from './ready-message.js';
import type { ServiceContext } from './service-context.js';
import { StopSequence, type StopStep } from './stop-sequence.js';
import { untilReady } from './until-ready.js';

type FromApp<C extends CommonConfig, T> = T | ((app: NestFastifyApplication, context: ServiceContext<C>) => T);

export interface ServiceOptions<C extends CommonConfig> {
  name: string;
  config: ConfigReader<C>;
  module(context: ServiceContext<C>): Type<unknown> | DynamicModule;
  /** Absent: the service has no REST; only its management server listens. */
  http?: {
    port(config: C): number;
    fastify?: FastifyOptions;
    /** Before the routes are made: prefix, pipes, filters, hooks, OpenAPI. */
    configure?(app: NestFastifyApplication, context: ServiceContext<C>): Promise<void> | void;
  };
  strategies?: FromApp<C, readonly CustomTransportStrategy[]>;
  readiness?: FromApp<C, Checks>;
  liveness?: FromApp<C, Checks>;
  /**
   * After HTTP and transports have stopped, in order: producers, then pools. (A provider's `onApplicationShutdown` runs after the
   * transports have stopped as well; its `onModuleDestroy` BEFORE, when batches are still being worked on: end streams there, close no pool.)
   */
  onStop?: FromApp<C, readonly StopStep[]>;
}

/** Resolves once the service is ready; from then on the process ends by itself. Never rejects: a failed start is logged and exits 1. */
export async function runService<C extends CommonConfig>(options: ServiceOptions<C>): Promise<void> {
  const config = readConfigOrExit(options);
  const logger = createLogger({ service: options.name, level: config.logLevel, instanceId: config.instanceId });
  crashOnUncaught(logger);
  try {
    armFailpoints(config.failpoints);
    await startTelemetry();
    await start(options, { config, logger });
  } catch (error) {
    logger.fatal({ err: error }, 'cannot start');
    process.exit(1);
  }
}

async function start<C extends CommonConfig>(options: ServiceOptions<C>, context: ServiceContext<C>): Promise<void> {
  const { config, logger } = context;
  const state: ManagementState = { service: options.name, phase: 'starting', liveness: {}, readiness: {} };
  const management = new ManagementServer(state);
  const managementPort = await management.listen(config.managementPort);

  const toStop: StopStep[] = [];
  const stop = new StopSequence(logger, () => [
    { name: 'not ready', run: () => (state.phase = 'stopping') },
    { name: 'stop delay', run: () => new Promise((resolve) => setTimeout(resolve, config.stopDelayMs)) },
    ...toStop,
    { name: 'telemetry', run: stopTelemetry },
    { name: 'management server', run: () => management.close() },
  ]);
  stop.listen();

  const app = await createApplication(options.module(context), context, options.http?.fastify);
  toStop.push({ name: 'application', run: () => closeApplication(app) }, ...resolveWith(options.onStop, app, context, []));
  const port = await listen(app, options, context);
  // Only now: checks ask the transports, which exist from here on.
  state.liveness = resolveWith(options.liveness, app, context, {});
  state.readiness = resolveWith(options.readiness, app, context, {});
  await untilReady(state, logger);

  const message: ReadyMessage = { ready: true, service: options.name, port, management_port: managementPort, pid: process.pid };
  const { ready: _, service: __, ...places } = message;
  logger.info(places, 'ready');
  announceReady(message, config.readyFile);
}

/** @returns the REST port, null without REST. */
async function listen<C extends CommonConfig>(
  app: NestFastifyApplication,
  { http, strategies }: ServiceOptions<C>,
  context: ServiceContext<C>,
): Promise<number | null> {
  await http?.configure?.(app, context);
  for (const strategy of resolveWith(strategies, app, context, []))
    app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  await app.init();
  await app.startAllMicroservices();
  if (http === undefined) return null;
  await app.listen({ port: http.port(context.config), host: '0.0.0.0' });
  return (app.getHttpServer().address() as AddressInfo).port;
}

function resolveWith<C extends CommonConfig, T>(
  source: FromApp<C, T> | undefined,
  app: NestFastifyApplication,
  context: ServiceContext<C>,
  absent: T,
): T {
  if (source === undefined) return absent;
  return typeof source === 'function'
    ? (source as (app: NestFastifyApplication, context: ServiceContext<C>) => T)(app, context)
    : source;
}

function readConfigOrExit<C extends CommonConfig>({ name, config }: ServiceOptions<C>): C {
  try {
    return config();
  } catch (error) {
    return exitOnConfigError(name, error);
  }
}
