import { readSql } from '@flows/postgres';

const CANCELLING = readSql(import.meta.url, './run-cancelling.sql');

/** Puts the question whether the cleanup of run `r` is under way where the statement says `:cancelling`. */
export function withCancelling(statement: string): string {
  return statement.replace(':cancelling', () => `(${CANCELLING})`);
}
