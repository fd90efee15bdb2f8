import { readdirSync, readFileSync } from 'node:fs';

/** One message as it was first released, in a file of `compat/<major>/` named `<family>.<kind>[.<variant>].json`. Never edited. */
export interface GoldenMessage {
  name: string;
  family: string;
  value: unknown;
}
const FOLDER = new URL('../../compat/v1/', import.meta.url);
export const SNAPSHOT = 'schemas.json';

export function readGoldenMessages(): GoldenMessage[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== SNAPSHOT)
    .map((file) => ({ name: file.slice(0, -'.json'.length), family: file.slice(0, file.indexOf('.')), value: readCompat(file) }));
}

export function readCompat(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}
