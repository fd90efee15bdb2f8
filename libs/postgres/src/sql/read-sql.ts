import { readFileSync } from 'node:fs';

/** The text of one SQL file beside the code that runs it: one statement per file, read once at load. */
export function readSql(moduleUrl: string, path: string): string {
  return readFileSync(new URL(path, moduleUrl), 'utf8');
}
