import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { ApiCall } from '../access/api-call.js';
import { Answer } from '../http/answer.js';
import { answerOnce } from '../idempotency/answer-once.js';

/** A transaction inside one workspace. Records go through `manager`, hand-written SQL through `client`; both are the same connection. */
export interface WorkspaceTransaction {
  readonly workspaceId: string;
  readonly manager: EntityManager;
  readonly client: pg.PoolClient;
}

/**
 * Opens transactions whose first statement sets the workspace for row-level security.
 * INVARIANT: nothing of a workspace is read or written through TypeORM outside of one.
 */
@Injectable()
export class WorkspaceTransactions {
  constructor(private readonly source: DataSource) {}

  async run<T>(workspaceId: string, work: (tx: WorkspaceTransaction) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      const client = (await runner.connect()) as pg.PoolClient;
      await runner.startTransaction();
      await client.query("select set_config('app.workspace_id', $1, true)", [workspaceId]);
      const result = await work({ workspaceId, manager: runner.manager, client });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // The first error is the one to report; a connection that cannot even roll back is discarded by its pool.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /**
   * A POST whose effect lies outside of the database: no transaction is open meanwhile, unless its answer is to be kept under an
   * idempotency key. Then everything must be read with `client`: who holds a connection and waits for another of the same pool may
   * wait for ever.
   */
  act(call: ApiCall, work: (client?: pg.PoolClient) => Promise<Answer>): Promise<Answer> {
    return call.idempotency === null ? work() : this.post(call, (tx) => work(tx.client));
  }

  /** A POST: its work and the answer that a repetition with the same idempotency key gets, in one transaction. */
  post(call: ApiCall, work: (tx: WorkspaceTransaction) => Promise<Answer>): Promise<Answer> {
    return this.run(call.workspaceId, (tx) => {
      const { idempotency } = call;
      return idempotency === null ? work(tx) : answerOnce(tx.client, call.workspaceId, idempotency, () => work(tx));
    });
  }
}
