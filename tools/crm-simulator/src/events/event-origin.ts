/** Owns what an event inherits from the call that caused it: workspace, causation chain, trace. */
import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../http/http-problem.js';

export interface EventOrigin {
  /** Null when neither the call nor the configuration names one: writes that cause events are refused then. */
  readonly workspaceId: string | null;
  readonly causationId: string | null;
  /** How many automations in a row led here; what stops one that triggers itself. */
  readonly causationDepth: number | null;
  /** W3C trace context, as it came. */
  readonly traceparent: string | null;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Reads `x-workspace-id`, `x-causation-id`, `x-causation-depth` and `traceparent`; throws 400 for a depth that is no whole number. */
export function readEventOrigin(headers: IncomingHttpHeaders, defaultWorkspaceId: string | null): EventOrigin {
  const traceparent = textOf(headers, 'traceparent');
  return {
    workspaceId: textOf(headers, 'x-workspace-id') ?? defaultWorkspaceId,
    causationId: textOf(headers, 'x-causation-id'),
    causationDepth: readDepth(textOf(headers, 'x-causation-depth')),
    traceparent: traceparent !== null && TRACEPARENT.test(traceparent) ? traceparent : null,
  };
}

function readDepth(text: string | null): number | null {
  if (text === null) return null;
  // 2147483647: CloudEvents integers are 32-bit.
  const depth = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(depth <= 2_147_483_647)) {
    throw new HttpProblem(400, 'invalid_causation_depth', `x-causation-depth: must be a whole number from 0, not "${text}".`);
  }
  return depth;
}

function textOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
