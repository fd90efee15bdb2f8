import type { WorkspaceTransaction } from './workspace-transactions.js';

/** Inserts one whole record. (TypeORM's own type of a partial record does not end for columns that hold any JSON.) */
export async function insertRecord<E extends object>(
  tx: WorkspaceTransaction,
  entity: new () => E,
  record: NoInfer<E>,
): Promise<void> {
  const target: new () => object = entity;
  await tx.manager.insert(target, record);
}
