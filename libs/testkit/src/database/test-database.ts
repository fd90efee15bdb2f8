/**
 * A fresh, migrated PostgreSQL database for one test file.
 * Owns its life; refuses to be shared: what one file writes, no other sees.
 */
import { createPool } from '@flows/postgres';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { readTestServer } from '../testkit.config.js';
import { databaseUrlOf } from './database-url.js';
import { ensureTemplateDatabase } from './template-database.js';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Runs as the owner, past row-level security: for arranging and asserting, never for what is under test. */
  query<T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Drops the database, whoever is still connected. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Part of the database's name, to tell files apart in pg_stat_activity. */
  label?: string;
}

export async function createTestDatabase({ label = 'test' }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = readTestServer('FLOWS_TEST_DATABASE_URL');
  const name = `flows_${label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 30)}_${randomBytes(5).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    const template = await ensureTemplateDatabase(admin, adminUrl);
    await admin.query(`create database ${name} template ${template}`);
  });
  const url = databaseUrlOf(adminUrl, name);
  const pool = createPool({ url, role: 'owner', max: 2, applicationName: 'flows-test', onError: () => undefined });
  return {
    url,
    name,
    query: async <T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<T>(text, [...values])).rows,
    close: async () => {
      await pool.end();
      await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url, application_name: 'flows-test-admin' });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
