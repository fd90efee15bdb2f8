import type { ChildOutcome, FactData, JsonValue, RunParent, StepCost, StepPool, StepRunCommand } from '@flows/contracts';
import type { ExpressionContext } from '@flows/flow-graph';

/**
 * Work for somebody else that follows from a fact: an executor's, or the shell's. Plain UUIDs, times Unix milliseconds.
 * The shell carries them out after the facts are committed and before the input counts as done, each so that twice is as good as once.
 */
export type Command =
  | { type: 'step.run'; pool: StepPool; command: StepRunCommand }
  | { type: 'timer.arm'; timerId: string; dueAt: number }
  /** From now on events of the type are to be sent to this wait, and those since `since` that are there already. */
  | {
      type: 'event.subscribe';
      stepId: string;
      eventType: string;
      correlation: FactData['step.awaiting_event']['correlation'];
      since: number;
    }
  | { type: 'approval.open'; stepId: string; asked: FactData['step.awaiting_approval']; at: number }
  | { type: 'approval.close'; decided: FactData['step.approval_decided']; at: number }
  | { type: 'scope.store'; scopeId: string; rootRunId: string; data: ScopeData }
  | { type: 'run.spawn'; run: SpawnedRun }
  /** `cause` tells one control of a child from the next of its kind, and is the same whenever the same one is given again. */
  | { type: 'child.control'; runId: string; action: 'cancel' | 'terminate' | 'pause' | 'resume' | 'retry'; cause: string }
  /** `childSeq` tells the lives of a child apart. */
  | { type: 'child.report'; parent: RunParent; childSeq: number; outcome: ChildOutcome; cost: StepCost | null };

/** What is kept for the items of a foreach step, beside the root run's payload and trigger, which its row has. */
export interface ScopeData {
  run: ExpressionContext['run'];
  steps: ExpressionContext['steps'];
}

export type SpawnedRun =
  | { kind: 'item'; runId: string; payload: JsonValue; scopeId: string; body: string[]; parent: RunParent }
  /** `workflow`: its id (`wf_…`) or its name. Not awaited: the child has no parent to report to. */
  | { kind: 'flow'; runId: string; payload: JsonValue; workflow: string; awaited: boolean; parent: RunParent };
