import type { StepDefinition, StepType } from '@flows/contracts';
import type { CompiledExpression, CompiledMapping, EventContext } from '../plan/flow-plan.js';

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
  /** The sub-graph of a foreach step, when there is one to read. */
  graph: DraftGraph | null;
  /** What the step's texts were compiled to; null where there is none, or none that is sound. */
  when: CompiledExpression | null;
  mapping: CompiledMapping | null;
  items: CompiledExpression | null;
  until: CompiledExpression | null;
  match: DraftMatch | null;
}

/** The condition of a wait for an event, and the part of it by which events find the wait. */
export interface DraftMatch {
  readonly condition: CompiledExpression<EventContext>;
  readonly correlation: { readonly path: readonly string[]; readonly value: CompiledExpression } | null;
}

export interface DraftEdge {
  readonly index: number;
  readonly pointer: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Set when both ends are known steps and the edge is no duplicate and no self edge. */
  readonly ends: { readonly from: string; readonly to: string } | null;
  condition: CompiledExpression | null;
}

/** The graph of a flow, or the sub-graph of a foreach step. */
export interface DraftGraph {
  readonly pointer: string;
  /** How many foreach steps it lies in: 0 for the flow's own. */
  readonly depth: number;
  readonly steps: readonly DraftStep[];
  readonly edges: readonly DraftEdge[];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
