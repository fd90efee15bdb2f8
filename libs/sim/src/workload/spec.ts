import type { JsonValue } from '@flows/contracts';
import type { FlowPayload, RandomFlow } from '@flows/run-machine/testing';
import type { FaultRates } from '../faults/fault-rates.js';

/** What clients do, and when (milliseconds from the start). Runs are named by their place among the runs that were asked for. */
export type Op =
  | { at: number; kind: 'run'; workspace: number; workflow: number; payload: FlowPayload }
  | { at: number; kind: 'pause' | 'resume' | 'cancel' | 'terminate'; run: number; child: boolean }
  | { at: number; kind: 'retry'; run: number; child: boolean; fromStep: number | null; input: JsonValue | undefined }
  | { at: number; kind: 'signal' | 'event'; run: number; step: number };

/** What happens to instances and to Kafka. */
export type Blow = { at: number; ms: number } & (
  { kind: 'kill' | 'stop'; service: Service; index: number } | { kind: 'rebalance'; group: number } | { kind: 'truncate' }
);
export type Service = 'orchestrator' | 'executor' | 'listener';

/** One simulation, whole: it says all that the seed said, so that parts of it can be taken away. */
export interface SimSpec {
  readonly seed: number;
  /** `safety`: faults to the end. `liveness`: they stop at `healAt`, and then everything must come to an end. */
  readonly mode: 'safety' | 'liveness';
  /** No races and no controls but pauses: the end must be the one that a plain interpreter finds. */
  readonly confluent: boolean;
  readonly healAt: number;
  readonly partitions: number;
  readonly instances: Readonly<Record<Service, number>>;
  readonly workflows: readonly { name: string; definition: RandomFlow }[];
  readonly ops: readonly Op[];
  readonly blows: readonly Blow[];
  readonly rates: FaultRates;
}
