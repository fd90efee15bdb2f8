import type { PipeTransform } from '@nestjs/common';
import { notFound } from './api-problem.js';

/** The number of a version in a path. */
export class VersionNumberPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw notFound(`Version ${text}`);
    return Number(text);
  }
}
