import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';

const INSERT = readSql(import.meta.url, './insert-dead-letters.sql');

export interface DeadLetter {
  topic: string;
  partition: number;
  offset: string;
  /** Null where the message names no workspace that exists: the installation's administrator sees it. */
  workspaceId: string | null;
  key: string | null;
  value: Buffer | null;
  headers: Record<string, string>;
  code: string;
  detail: string;
}

/** Keeps what could not be processed where people can find it. Idempotent: one row per record of a topic. */
export async function insertDeadLetters(client: pg.ClientBase | pg.Pool, letters: readonly DeadLetter[]): Promise<void> {
  await client.query(INSERT, [
    letters.map((letter) => letter.topic),
    letters.map((letter) => letter.partition),
    letters.map((letter) => letter.offset),
    letters.map((letter) => letter.workspaceId),
    // PostgreSQL texts hold no NUL.
    letters.map((letter) => letter.key?.replaceAll('\0', '') ?? null),
    letters.map((letter) => letter.value),
    letters.map((letter) => JSON.stringify(letter.headers).replaceAll('\\u0000', '')),
    letters.map((letter) => letter.code),
    letters.map((letter) => letter.detail.replaceAll('\0', '').slice(0, 1024)),
  ]);
}
