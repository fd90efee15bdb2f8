import type { JsonValue, StepCost, StepStatus } from '@flows/contracts';

/** What somebody wants to retry: from the steps that did not end well, or from a chosen one, with its input corrected or not. */
export interface RetryRequest {
  readonly fromStep: string | null;
  /** Replaces the mapped input of `fromStep`; undefined: it is mapped anew. */
  readonly input?: JsonValue | undefined;
}

/** What is recorded about the run beside its state. */
export interface RetryRecord {
  readonly effects: readonly LedgerEffect[];
  /** What each step has cost so far, by step id, as far as that is known. */
  readonly costs: ReadonlyMap<string, StepCost>;
}

/** A row of the effect ledger. */
export interface LedgerEffect {
  readonly stepId: string;
  readonly idempotencyKey: string;
  readonly state: 'intended' | 'done' | 'failed' | 'in_doubt';
  /** The provider recognises the key, so that a call whose end nobody saw may be repeated. */
  readonly keyed: boolean;
}

/**
 * What a retry makes of an effect that was begun before.
 * `not_called`: its step is kept. `answered_from_ledger`: its step begins anew, with the known answer. `called_again`: the provider is
 * called; also where the step's input may come out differently, so that the effect is another one. `in_doubt`: nobody can know whether it
 * took place, and nothing is called.
 */
export type EffectFate = 'not_called' | 'answered_from_ledger' | 'called_again' | 'in_doubt';

export interface PlannedEffect {
  readonly step_id: string;
  readonly idempotency_key: string;
  /** `connector`: connection and action; `agent`: the agent; null where the step's work is not known any more. */
  readonly provider: string | null;
  readonly action: string | null;
  readonly state: LedgerEffect['state'];
  readonly will: EffectFate;
}

export interface RetryPlan {
  readonly from: string[];
  readonly reused: { readonly step_id: string; readonly status: StepStatus }[];
  /** In the order of the graph; `status` is the present one. */
  readonly rerun: { readonly step_id: string; readonly status: StepStatus }[];
  readonly effects: PlannedEffect[];
  /** What was spent: on steps that are kept, and on those that run again and may cost as much once more. */
  readonly cost: { readonly reused: StepCost | null; readonly rerun: StepCost | null };
  /** Changes when the run moves, or when anything of the plan becomes another. Names the plan; proves nothing. */
  readonly hash: string;
}
