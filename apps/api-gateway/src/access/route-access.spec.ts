import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ApiGatewayModule } from '../api-gateway.module.js';
import { ROUTE_ACCESS, type RouteAccess } from './access.decorators.js';

type Controller = { name: string; prototype: object };
const controllers = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, ApiGatewayModule) as Controller[];
const routes = controllers.flatMap(({ name, prototype }) =>
  Object.getOwnPropertyNames(prototype)
    .filter((method) => method !== 'constructor')
    .map((method) => ({ route: `${name}.${method}`, handler: Reflect.get(prototype, method) as object }))
    .filter(({ handler }) => typeof handler === 'function' && Reflect.hasMetadata(PATH_METADATA, handler)),
);
const accessOf = (handler: object) => Reflect.getMetadata(ROUTE_ACCESS, handler) as RouteAccess | undefined;

describe('access of routes', () => {
  it('is said beside every one of them', () => {
    expect(routes.length).toBeGreaterThan(35);
    expect(routes.filter(({ handler }) => accessOf(handler) === undefined).map(({ route }) => route)).toEqual([]);
  });

  it('is open to everybody only for health and the API description', () => {
    expect(routes.filter(({ handler }) => accessOf(handler)?.kind === 'public').map(({ route }) => route)).toEqual([
      'HealthController.live',
      'HealthController.ready',
      'OpenApiController.get',
    ]);
  });
});
