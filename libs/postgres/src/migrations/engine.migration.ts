import type { MigrationInterface, QueryRunner } from 'typeorm';
import { readSql } from '../sql/read-sql.js';

export class Engine1764000000002 implements MigrationInterface {
  name = 'Engine1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readSql(import.meta.url, './0002-engine.sql'));
  }

  /** Forward only: going back is a new migration (expand, migrate, contract). */
  async down(): Promise<void> {
    throw new Error('Migrations are forward-only; write a new one that contracts.');
  }
}
