/** Owns the words between the HTTP server and the routes. Refuses sockets: a route sees data only. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Change } from '../state/change.js';
import type { CrmState } from '../state/crm-state.js';
import type { EventOrigin } from '../events/event-origin.js';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  /** Values of the `{name}` parts of the route's path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when the call has no body. */
  readonly body: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a write may know beside the call. */
export interface WriteContext {
  readonly state: CrmState;
  /** The moment of the write, RFC 3339. */
  readonly at: string;
  readonly origin: EventOrigin;
  readonly newId: () => string;
}

/** A write decides synchronously, so that nothing can come between what it read and what it changes. */
export interface WriteResult {
  readonly answer: HttpAnswer;
  readonly changes: readonly Change[];
}

interface RoutePath {
  readonly method: string;
  /** `/leads/{id}` */
  readonly path: string;
}

export type Route =
  | (RoutePath & { readonly kind: 'read'; readonly read: (call: HttpCall, state: CrmState) => HttpAnswer })
  | (RoutePath & { readonly kind: 'write'; readonly write: (call: HttpCall, context: WriteContext) => WriteResult })
  /** For tests and probes: neither counted, delayed nor made to fail. */
  | (RoutePath & { readonly kind: 'control'; readonly control: (call: HttpCall) => HttpAnswer });
