/** Where things of this installation lie. Every clone has its own, so two of them run side by side. */
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStateFolder } from './local.config.js';

/** The repository; `src` and `dist` lie at the same depth. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

const STATE = resolve(readStateFolder() ?? join(REPOSITORY, '.flows'));

export const PATHS = {
  /** Data, logs and the dev file; ignored by git, kept between starts. */
  state: STATE,
  devFile: join(STATE, 'dev.json'),
  logs: join(STATE, 'logs'),
  /** Outputs of steps that are too large for the database. */
  blobs: join(STATE, 'blobs'),
  /** The simulator that `npm start` runs. */
  crm: join(STATE, 'crm'),
  /** The one that `npm run crm` runs beside it: two processes must not share a data file. */
  standaloneCrm: join(STATE, 'crm-standalone'),
} as const;

/** As a person in the repository would write it. */
export function shown(path: string): string {
  return relative(REPOSITORY, path) || '.';
}
