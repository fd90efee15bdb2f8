import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BODY_LIMIT_BYTES } from './fastify-options.js';
import { MethodNotAllowedRoutes } from './method-not-allowed.routes.js';
import { parseJsonBody } from './parse-json-body.js';

/** What holds for every route; called before the routes are made. */
export function configureHttp(app: NestFastifyApplication): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply
      .header('x-request-id', request.id)
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-cache');
    done();
  });
  const routes = app.get(MethodNotAllowedRoutes);
  fastify.addHook('onRoute', (route) => routes.note(route.method, route.url));

  fastify.removeAllContentTypeParsers();
  const strict = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser(
    'application/json',
    { bodyLimit: BODY_LIMIT_BYTES },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      let value: unknown;
      try {
        value = parseJsonBody(body, (text) => parseSync(strict, request, text));
      } catch (error) {
        return done(error as Error);
      }
      return done(null, value);
    },
  );
}

/** The framework's parser answers through a callback, synchronously. */
function parseSync(parse: ReturnType<FastifyInstance['getDefaultJsonParser']>, request: FastifyRequest, text: string): unknown {
  let outcome: { error: Error | null; value: unknown } = { error: null, value: undefined };
  void parse(request, text, (error, value) => {
    outcome = { error, value };
  });
  if (outcome.error !== null) throw outcome.error;
  return outcome.value;
}
