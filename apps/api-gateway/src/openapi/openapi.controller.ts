import { Controller, Get, Injectable } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';

/** Holds the document, which can only be made once all routes are known. */
@Injectable()
export class OpenApiHolder {
  document: OpenAPIObject | null = null;
}

@ApiExcludeController()
@Controller('api/v1/openapi.json')
export class OpenApiController {
  constructor(private readonly holder: OpenApiHolder) {}

  @Get()
  @Public()
  get(): OpenAPIObject {
    if (this.holder.document === null) throw new Error('The document is made when the application starts');
    return this.holder.document;
  }
}
