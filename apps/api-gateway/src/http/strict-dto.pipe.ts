import { escapePointer } from '@flows/contracts';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { validationFailed, type FieldProblem } from './api-problem.js';
import { dtoShape, type DtoShape } from './dto-shape.js';

/**
 * Bodies and queries as instances of their DTO classes, or 422 with every problem at once. Strict: an unknown key is named, never
 * dropped. Free JSON inside a body is handed on as it came (converting it would copy it, and recurse as deep as it is nested).
 */
export class StrictDtoPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || typeof metatype !== 'function') return value;
    const shape = dtoShape(metatype as never);
    if (shape === null) return value;
    const plain = value ?? {};
    if (typeof plain !== 'object' || Array.isArray(plain)) {
      throw validationFailed([{ pointer: '#', code: 'object', message: 'The body must be a JSON object' }]);
    }
    const problems: FieldProblem[] = [];
    const known: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(plain)) {
      if (shape.properties.has(key)) known[key] = member;
      else problems.push(unknownKey(key, type, shape));
    }
    const dto =
      type === 'query'
        ? (plainToInstance(metatype, known) as object)
        : Object.assign(new (metatype as new () => object)(), known);
    problems.push(...check(dto, shape));
    if (problems.length > 0) throw validationFailed(problems);
    return dto;
  }
}

function unknownKey(key: string, type: 'body' | 'query', { properties }: DtoShape): FieldProblem {
  const what = type === 'body' ? 'key' : 'query parameter';
  return {
    pointer: `#/${escapePointer(key)}`,
    code: 'unknown_key',
    message: `Unknown ${what} "${key}"; known: ${[...properties].sort().join(', ')}`,
  };
}

function check(dto: object, { required, nullable, decoders, validated }: DtoShape): FieldProblem[] {
  const values = dto as Record<string, unknown>;
  const problems: FieldProblem[] = [];
  const missing = new Set<string>();
  for (const property of required) {
    if (values[property] !== undefined) continue;
    missing.add(property);
    problems.push({ pointer: `#/${property}`, code: 'required', message: `"${property}" is required` });
  }
  if (validated) {
    for (const error of validateSync(dto, { forbidUnknownValues: true, stopAtFirstError: true })) {
      if (!missing.has(error.property)) problems.push(...describe(error));
    }
  }
  for (const [property, decode] of decoders) {
    const value = values[property];
    if (value === undefined || (value === null && nullable.has(property))) continue;
    const decoded = decode(value);
    if (!decoded.ok)
      problems.push(...decoded.problems.map((problem) => ({ ...problem, pointer: `#/${property}${problem.pointer.slice(1)}` })));
  }
  return problems;
}

function describe(error: ValidationError): FieldProblem[] {
  return Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
    pointer: `#/${error.property}`,
    code: snakeCase(constraint.replace(/^is(?=[A-Z])/, '')),
    message,
  }));
}

function snakeCase(text: string): string {
  return text.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
