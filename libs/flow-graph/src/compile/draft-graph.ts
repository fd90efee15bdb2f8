import type { StepDefinition, StepType } from '@flows/contracts';
import type { CompiledExpression, CompiledMapping } from '../plan/flow-plan.js';

/** A definition while it is checked: as much of it as could be read, with the place of everything. */
export interface DraftStep {
  readonly index: number;
  readonly pointer: string;
  /** As given; an object at least. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Null when missing, malformed or taken. */
  readonly id: string | null;
  readonly type: StepType | null;
  /** Set when the whole step is sound in shape. */
  readonly definition: StepDefinition | null;
  when: CompiledExpression | null;
  mapping: CompiledMapping | null;
}

export interface DraftEdge {
  readonly index: number;
  readonly pointer: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Set when both ends are known steps and the edge is no duplicate and no self edge. */
  readonly ends: { readonly from: string; readonly to: string } | null;
  condition: CompiledExpression | null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
