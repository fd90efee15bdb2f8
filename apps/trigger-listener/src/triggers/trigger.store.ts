import { readSql } from '@flows/postgres';
import type pg from 'pg';
import type { TriggerRecord } from './live-trigger.js';

const LOAD = readSql(import.meta.url, './load-triggers.sql');
const READ_CHANGES = readSql(import.meta.url, './read-trigger-changes.sql');
const FORGET_CHANGES = readSql(import.meta.url, './forget-trigger-changes.sql');
const UPDATE_LAST_FIRED = readSql(import.meta.url, './update-last-fired.sql');

export interface TriggerChanges {
  /** What to ask from the next time. */
  horizon: string;
  changes: { seq: number; trigger_id: string }[];
}

/** The statements about triggers. Keeps nothing. */
export class TriggerStore {
  constructor(private readonly pool: pg.Pool) {}

  /** @param ids absent: all. Ids without a row (deleted since) are simply not in the answer. */
  async load(ids?: readonly string[]): Promise<TriggerRecord[]> {
    const result = await this.pool.query<TriggerRecord>({ name: 'load-triggers', text: LOAD, values: [ids ?? null] });
    return result.rows;
  }

  /** @param horizon of the last answer; '0' reads all that is kept. */
  async readChanges(horizon: string): Promise<TriggerChanges> {
    const result = await this.pool.query<TriggerChanges>({ name: 'read-trigger-changes', text: READ_CHANGES, values: [horizon] });
    return result.rows[0] as TriggerChanges;
  }

  async forgetOldChanges(): Promise<void> {
    await this.pool.query(FORGET_CHANGES);
  }

  async updateLastFired(fired: ReadonlyMap<string, Date>): Promise<void> {
    await this.pool.query({
      name: 'update-last-fired',
      text: UPDATE_LAST_FIRED,
      values: [[...fired.keys()], [...fired.values()]],
    });
  }
}
