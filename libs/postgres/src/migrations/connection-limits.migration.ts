import type { MigrationInterface, QueryRunner } from 'typeorm';
import { readSql } from '../sql/read-sql.js';

export class ConnectionLimits1764000000003 implements MigrationInterface {
  name = 'ConnectionLimits1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readSql(import.meta.url, './0003-connection-limits.sql'));
  }

  /** Forward only: going back is a new migration (expand, migrate, contract). */
  async down(): Promise<void> {
    throw new Error('Migrations are forward-only; write a new one that contracts.');
  }
}
