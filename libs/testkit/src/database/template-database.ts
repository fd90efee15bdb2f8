/**
 * The migrated database that test databases are copied from: migrations run once, a copy takes a fraction of a second.
 * Named after the content of the migrations, so a changed migration makes a new one.
 */
import { migrate } from '@flows/postgres';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import { databaseUrlOf } from './database-url.js';

const MIGRATIONS = new URL('../../../postgres/src/migrations/', import.meta.url);
/** Any number that nobody else locks on this server. */
const BUILD_LOCK = 742_002;

/**
 * INVARIANT: a database of the template's name is complete: it is built under another name and renamed at the end.
 * Test files of one invocation run in several processes; the lock lets one of them build and the others find it.
 */
export async function ensureTemplateDatabase(admin: pg.Client, adminUrl: string): Promise<string> {
  const template = `flows_template_${hashOfMigrations()}`;
  await admin.query('select pg_advisory_lock($1)', [BUILD_LOCK]);
  try {
    const found = await admin.query('select from pg_database where datname = $1', [template]);
    if (found.rowCount === 0) await build(admin, adminUrl, template);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [BUILD_LOCK]);
  }
}

async function build(admin: pg.Client, adminUrl: string, template: string): Promise<void> {
  const draft = `${template}_draft`;
  await admin.query(`drop database if exists ${draft} with (force)`);
  await admin.query(`create database ${draft}`);
  await migrate(databaseUrlOf(adminUrl, draft), () => undefined);
  await admin.query(`alter database ${draft} rename to ${template}`);
}

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MIGRATIONS).sort()) hash.update(name).update(readFileSync(new URL(name, MIGRATIONS)));
  return hash.digest('hex').slice(0, 16);
}
