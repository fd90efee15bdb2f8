/**
 * Owns what happens to a call between the socket and its route, in this order: count it, take a fault, claim its key,
 * wait, carry it out, commit. Refuses sockets and JSON parsing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { readEventOrigin } from '../events/event-origin.js';
import type { FaultRule, FaultRules } from '../faults/fault-rules.js';
import { fingerprintOf, hashBody } from '../idempotency/fingerprint.js';
import { IdempotencyClaims } from '../idempotency/idempotency-claims.js';
import { readIdempotencyKey } from '../idempotency/idempotency-key.js';
import type { StoredAnswer } from '../state/crm-state.js';
import type { CrmStore } from '../state/crm.store.js';
import type { HttpCall, Route } from './http-call.js';
import { HttpProblem } from './http-problem.js';

/** An answer ready to be sent. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection is cut instead; the effect stands. */
  readonly dropped: boolean;
}

export interface CallSettings {
  readonly workspaceId: string | null;
  /** Added to every call but the control ones. */
  readonly latencyMs: number;
  readonly now: () => Date;
  readonly newId: () => string;
}

type WriteRoute = Extract<Route, { kind: 'write' }>;

export class CallPipeline {
  private readonly claims: IdempotencyClaims;

  constructor(
    private readonly store: CrmStore,
    private readonly faults: FaultRules,
    private readonly settings: CallSettings,
  ) {
    this.claims = new IdempotencyClaims(store.state.answers);
  }

  /** Rejects with `HttpProblem` for a refusal; resolves when all that the answer says is durable. */
  async carryOut(route: Route, call: HttpCall): Promise<WireAnswer> {
    if (route.kind === 'control') return toWire(route.control(call));
    const key = readIdempotencyKey(call.headers);
    const bodySha256 = hashBody(call.body);
    const [, answer] = await Promise.all([this.count(route, call, key, bodySha256), this.answer(route, call, key, bodySha256)]);
    return answer;
  }

  private async count(route: Route, call: HttpCall, key: string | null, bodySha256: string): Promise<void> {
    if (key === null && route.kind !== 'write') return;
    const { method, path } = call;
    await this.store.commit([{ kind: 'call_received', key, method, path, body_sha256: bodySha256, at: this.timestamp() }]);
  }

  private async answer(route: Exclude<Route, { kind: 'control' }>, call: HttpCall, key: string | null, bodySha256: string) {
    const fault = this.faults.take(call.method, call.path);
    if (fault?.status) {
      await this.wait(fault);
      throw faultProblem(fault, fault.status);
    }
    const answer = await this.answerTruly(route, call, key, bodySha256, fault);
    return fault?.drop_reply ? { ...answer, dropped: true } : answer;
  }

  private async answerTruly(
    route: Exclude<Route, { kind: 'control' }>,
    call: HttpCall,
    key: string | null,
    bodySha256: string,
    fault: FaultRule | null,
  ): Promise<WireAnswer> {
    if (route.kind === 'read') {
      await this.wait(fault);
      return toWire(route.read(call, this.store.state));
    }
    if (key === null) {
      await this.wait(fault);
      return this.write(route, call, null);
    }
    const fingerprint = fingerprintOf(call.method, call.path, bodySha256);
    const claim = this.claims.claim(key, fingerprint, this.settings.now().getTime());
    switch (claim.verdict) {
      case 'run':
        try {
          await this.wait(fault);
          return await this.write(route, call, { key, fingerprint });
        } finally {
          this.claims.release(key);
        }
      case 'replay':
        await this.wait(fault);
        return replay(claim.answer);
      case 'key_reused':
        throw new HttpProblem(
          422,
          'idempotency_key_reused',
          `Idempotency-Key: "${key}" belongs to another request; use a new key.`,
        );
      case 'in_flight':
        throw new HttpProblem(
          409,
          'idempotency_in_progress',
          `Idempotency-Key: the first request with "${key}" is not done yet.`,
          {
            headers: { 'retry-after': '1' },
          },
        );
    }
  }

  /** INVARIANT: effect, events and the key's answer are one commit. Only successes are kept: a refused write may be sent again. */
  private async write(
    route: WriteRoute,
    call: HttpCall,
    keyed: { readonly key: string; readonly fingerprint: string } | null,
  ): Promise<WireAnswer> {
    const at = this.timestamp();
    const origin = readEventOrigin(call.headers, this.settings.workspaceId);
    const { answer, changes } = route.write(call, { state: this.store.state, at, origin, newId: this.settings.newId });
    const wire = toWire(answer);
    const { status, body, headers } = wire;
    await this.store.commit(keyed ? [...changes, { kind: 'answer_stored', ...keyed, status, body, headers, at }] : changes);
    return wire;
  }

  private async wait(fault: FaultRule | null): Promise<void> {
    const ms = this.settings.latencyMs + (fault?.delay_ms ?? 0);
    if (ms > 0) await delay(ms);
  }

  private timestamp(): string {
    return this.settings.now().toISOString();
  }
}

function toWire(answer: { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }): WireAnswer {
  const json: Record<string, string> = answer.body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    status: answer.status,
    body: answer.body === undefined ? '' : JSON.stringify(answer.body),
    headers: { ...json, ...answer.headers },
    dropped: false,
  };
}

function replay({ status, body, headers }: StoredAnswer): WireAnswer {
  return { status, body, headers: { ...headers, 'idempotency-replayed': 'true' }, dropped: false };
}

function faultProblem(fault: FaultRule, status: number): HttpProblem {
  const headers: Record<string, string> = fault.retry_after === null ? {} : { 'retry-after': String(fault.retry_after) };
  return new HttpProblem(status, 'injected_fault', `This answer was ordered by POST /faults (${fault.id}).`, { headers });
}
