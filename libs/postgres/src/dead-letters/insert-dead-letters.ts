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
    letters.map((letter) => (letter.key === null ? null : withoutNul(letter.key))),
    letters.map((letter) => letter.value),
    letters.map((letter) => JSON.stringify(mapTexts(letter.headers, withoutNul))),
    letters.map((letter) => letter.code),
    letters.map((letter) => withoutNul(letter.detail).slice(0, 1024)),
  ]);
}

/** PostgreSQL texts hold no NUL. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');

function mapTexts(headers: Record<string, string>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [change(name), change(text)]));
}
