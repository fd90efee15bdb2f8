import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configureHttp } from './http/configure-http.js';
import { createOpenApiDocument } from './openapi/openapi.document.js';
import { OpenApiHolder } from './openapi/openapi.controller.js';

/** What the application needs before its routes are made; the same for the process and for tests. */
export function configureGateway(app: NestFastifyApplication): void {
  configureHttp(app);
  app.get(OpenApiHolder).document = createOpenApiDocument(app);
}
