import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents a list: `{ items, next_cursor, total }`. */
export function ApiPageResponse(item: Type<unknown>): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'next_cursor', 'total'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          next_cursor: { type: ['string', 'null'] as never, description: 'Null at the end' },
          total: { type: 'integer' },
          total_is_estimate: { type: 'boolean', description: 'Set and true where `total` is an estimate' },
        },
      },
    }),
  );
}
