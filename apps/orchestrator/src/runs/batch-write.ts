import { openTimers, type FoldedRun } from './fold-run.js';
import type { BatchWrite } from './run.store.js';

/** What a folded batch changes in the database: runs with new facts, and the timers that are open afterwards, no others. */
export function batchWriteOf(folded: Iterable<FoldedRun>): BatchWrite {
  const write: BatchWrite = { runs: [], arm: [], disarm: [] };
  for (const run of folded) {
    const { state, facts, expectedSeq, stepsTotal } = run;
    if (facts.length > 0) write.runs.push({ state, facts, expectedSeq, stepsTotal });
    for (const timerId of run.disarmed) write.disarm.push({ runId: state.runId, timerId });
    const open = openTimers(state);
    if (open.size === 0) continue;
    for (const { commands } of run.consequences) {
      for (const command of commands) {
        if (command.type !== 'timer.arm' || !open.delete(command.timerId)) continue;
        write.arm.push({ runId: state.runId, workspaceId: state.workspaceId, timerId: command.timerId, dueAt: command.dueAt });
      }
    }
  }
  return write;
}
