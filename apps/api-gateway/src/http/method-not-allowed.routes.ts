import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ApiProblem } from './api-problem.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Known paths answer 405 with `Allow` to the methods they do not take; the router alone would say 404. */
@Injectable()
export class MethodNotAllowedRoutes implements OnApplicationBootstrap {
  private readonly methods = new Map<string, Set<string>>();

  constructor(private readonly host: HttpAdapterHost) {}

  note(method: string | string[], url: string): void {
    const known = this.methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    this.methods.set(url, known);
  }

  /** After the routes are made, before the server takes requests. */
  onApplicationBootstrap(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    // The framework adds a parser of HTML forms by itself; this API takes JSON only.
    if (fastify.hasContentTypeParser('application/x-www-form-urlencoded'))
      fastify.removeContentTypeParser('application/x-www-form-urlencoded');
    for (const [url, known] of [...this.methods]) {
      const allow = [...known].sort().join(', ');
      fastify.route({
        method: METHODS.filter((method) => !known.has(method)),
        url,
        handler: (request) => {
          throw new ApiProblem('method_not_allowed', `${request.method} is not possible here; possible: ${allow}`, {
            headers: { allow },
          });
        },
      });
    }
  }
}
