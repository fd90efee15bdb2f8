import type { EventReceived, FactData, RunFact, RunStatus, StepOutcome, WaitingFor } from '@flows/contracts';
import type { RunIdentity, ScopeData } from '@flows/run-machine';
import type { Scheduler, Steps } from '../kernel/scheduler.js';
import { InfrastructureError, type Disturbance } from './disturbance.js';

export type StoredFact = RunFact & {
  caused_by: string;
  /** For the checks: when the commit was. */
  committedAt: number;
};

export interface RunRow {
  readonly identity: Omit<RunIdentity, 'scope'>;
  readonly scopeId: string | null;
  readonly body: readonly string[];
  seq: number;
  status: RunStatus;
  waitingFor: WaitingFor | null;
  wakeAt: number;
  expiresAt: number;
  cancelRequestedAt: number | null;
  facts: StoredFact[];
}
export interface TimerRow {
  readonly runId: string;
  readonly timerId: string;
  readonly dueAt: number;
  claimAt: number;
}
export interface SubscriptionRow {
  readonly runId: string;
  readonly stepId: string;
  readonly workspaceId: string;
  readonly eventType: string;
  readonly correlation: FactData['step.awaiting_event']['correlation'];
  readonly since: number;
}
export interface KeptEventRow {
  readonly workspaceId: string;
  readonly event: EventReceived['event'];
  readonly at: number;
}
export interface ApprovalRow {
  readonly runId: string;
  readonly stepId: string;
  status: 'open' | 'approved' | 'rejected' | 'expired' | 'withdrawn';
}
export interface LedgerRow {
  readonly attemptId: string;
  readonly attempt: number;
  outcome: StepOutcome | null;
}
export interface ScopeRow {
  readonly rootRunId: string;
  readonly data: ScopeData;
}

/**
 * PostgreSQL in miniature: tables as maps, and transactions that are there as a whole or not at all. The work of a transaction is done
 * in one step at its commit point; what it throws undoes nothing, so it must look before it writes. A commit may be refused, done, or
 * done without anybody hearing of it.
 */
export class SimPg {
  readonly runs = new Map<string, RunRow>();
  readonly timers = new Map<string, TimerRow>();
  readonly subscriptions = new Map<string, SubscriptionRow>();
  readonly mailbox = new Map<string, KeptEventRow>();
  readonly approvals = new Map<string, ApprovalRow>();
  readonly scopes = new Map<string, ScopeRow>();
  readonly ledger = new Map<string, LedgerRow>();
  /** Told of what has changed, so that pollers and people need not ask without end. */
  onChange: (what: 'run' | 'subscription' | 'approval', key: string) => void = () => undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly disturbance: Disturbance,
  ) {}

  *transaction<T>(name: string, work: () => T): Steps<T> {
    yield this.disturbance.latency();
    const refused = this.disturbance.hits('pgFails');
    const lost = this.disturbance.hits('pgReplyLost');
    if (refused) {
      this.scheduler.note(`pg refuses ${name}`);
      throw new InfrastructureError(`${name} was refused`);
    }
    const result = work();
    yield this.disturbance.latency();
    if (lost) {
      this.scheduler.note(`pg loses the reply of ${name}`);
      throw new InfrastructureError(`the reply of ${name} got lost`);
    }
    return result;
  }
}
