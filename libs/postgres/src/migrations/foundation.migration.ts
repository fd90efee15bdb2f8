import type { MigrationInterface, QueryRunner } from 'typeorm';
import { readSql } from '../sql/read-sql.js';

export class Foundation1732400000001 implements MigrationInterface {
  name = 'Foundation1732400000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readSql(import.meta.url, './0001-foundation.sql'));
  }

  /** Forward only: going back is a new migration (expand, migrate, contract). */
  async down(): Promise<void> {
    throw new Error('Migrations are forward-only; write a new one that contracts.');
  }
}
