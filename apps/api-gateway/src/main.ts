import { runService } from '@flows/service-kit';
import { ApiGatewayModule } from './api-gateway.module.js';
import { readApiGatewayConfig } from './api-gateway.config.js';
import { configureGateway } from './configure-gateway.js';
import { Readiness } from './health/readiness.js';
import { fastifyOptions } from './http/fastify-options.js';

await runService({
  name: 'api-gateway',
  config: readApiGatewayConfig,
  module: () => ApiGatewayModule,
  http: { port: ({ port }) => port, fastify: fastifyOptions, configure: configureGateway },
  readiness: (app) => app.get(Readiness).checks,
});
