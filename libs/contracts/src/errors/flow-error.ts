import Type, { type Static } from 'typebox';

/** How an error is treated by retry rules: the small taxonomy that crosses every service. */
export const ErrorClassSchema = Type.Enum(['retryable', 'non_retryable', 'rate_limited', 'auth', 'timeout']);
export type ErrorClass = 'retryable' | 'non_retryable' | 'rate_limited' | 'auth' | 'timeout';

/** Who reported it. */
export type ErrorOrigin = 'run-machine' | 'executor' | 'provider';

/** The one error shape between services. HTTP numbers live in the gateway's filter only. Readers ignore what they do not know. */
export const FlowErrorSchema = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 100 }),
  message: Type.String({ maxLength: 4096 }),
  class: ErrorClassSchema,
  origin: Type.Enum(['run-machine', 'executor', 'provider']),
  /** Facts for people and expressions, such as the provider's status. */
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export interface FlowError {
  code: string;
  message: string;
  class: ErrorClass;
  origin: ErrorOrigin;
  details?: Record<string, unknown>;
}
export type FlowErrorFromSchema = Static<typeof FlowErrorSchema>;
