import { context, propagation, ROOT_CONTEXT, type Context } from '@opentelemetry/api';

/** The same headers plus the W3C trace context of the active span, for an outgoing message. */
export const injectTrace = (headers: Record<string, string> = {}): Record<string, string> => {
  const carrier = { ...headers };
  propagation.inject(context.active(), carrier);
  return carrier;
};

/** The trace context that a message carries; the root context where it carries none. Never inherits what happens to be active here. */
export const extractTrace = (headers: Record<string, string>): Context => propagation.extract(ROOT_CONTEXT, headers);
