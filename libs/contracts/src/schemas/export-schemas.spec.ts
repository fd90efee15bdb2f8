import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { FACT_TYPES, type FactData, type FactType } from '../run-events/run-fact.js';
import { FactDataSchemas } from '../run-events/fact-data.schemas.js';
import type { Static } from 'typebox';
import { exportSchemas } from './export-schemas.js';

/** Fact types whose schema and type say different things; the compiler holds it empty. */
type Undescribed = {
  [T in FactType]: [FactData[T], keyof FactData[T], keyof Described<T>] extends [
    Described<T>,
    keyof Described<T>,
    keyof FactData[T],
  ]
    ? never
    : T;
}[FactType];
type Described<T extends FactType> = Static<(typeof FactDataSchemas)[T]>;
const undescribed: Undescribed[] = [];

describe('exportSchemas', () => {
  const documents = exportSchemas();

  it('gives each document its own $id with the major version', () => {
    const ids = Object.entries(documents).map(([name, { $id }]) => [name, $id]);
    expect(ids).toEqual(Object.keys(documents).map((name) => [name, `urn:flows:schema:${name}:v1`]));
  });

  it('is JSON Schema 2020-12 that another validator takes', () => {
    const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
    formats.default(ajv);
    for (const document of Object.values(documents)) expect(ajv.validateSchema(document)).toBe(true);
    ajv.addSchema(Object.values(documents));
    for (const { $id } of Object.values(documents)) expect(ajv.getSchema($id as string)).toBeInstanceOf(Function);
  });

  it('describes every fact type, as its type says', () => {
    expect(Object.keys(FactDataSchemas)).toEqual([...FACT_TYPES]);
    expect(undescribed).toEqual([]);
  });

  it('is what docs/schemas.json says; write it anew with `node libs/contracts/write-schemas.mjs` after a build', () => {
    const committed: unknown = JSON.parse(readFileSync(new URL('../../../../docs/schemas.json', import.meta.url), 'utf8'));
    expect(documents).toEqual(committed);
  });
});
