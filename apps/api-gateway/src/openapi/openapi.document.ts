import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ProblemView } from './problem.dto.js';

const PROBLEM = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemView' } } } };

/** The API as OpenAPI 3.1, made from the routes themselves: what is routed is documented, and nothing else. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Flows')
    .setDescription('Durable flow automation for go-to-market teams')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A token `tnx_…` of a workspace' }, 'token')
    .addSecurityRequirements('token')
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [ProblemView] });
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path) as { responses?: Record<string, unknown> }[]) {
      if (operation.responses !== undefined) operation.responses['default'] = { description: 'A problem (RFC 9457)', ...PROBLEM };
    }
  }
  return modernise(document) as OpenAPIObject;
}

/** 3.1 has JSON Schema's own way to say "or null"; the generator still writes 3.0's. */
function modernise(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(modernise);
  const { nullable, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, modernise(member)]));
  if (nullable !== true) return nullable === undefined || nullable === false ? schema : { ...schema, nullable };
  if (typeof schema['type'] === 'string') return { ...schema, type: [schema['type'], 'null'] };
  if (Array.isArray(schema['allOf'])) return { anyOf: [...(schema['allOf'] as unknown[]), { type: 'null' }] };
  return schema;
}
