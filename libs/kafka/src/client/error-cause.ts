interface KafkajsErrorShape {
  name?: string;
  type?: string;
  retriable?: boolean;
  cause?: unknown;
}

const describe = (error: unknown): KafkajsErrorShape => (typeof error === 'object' && error !== null ? error : {});

/** kafkajs wraps what went wrong in "retries exceeded" and the like; this is what went wrong. */
export const rootCause = (error: unknown): unknown => {
  let cause = error;
  for (let depth = 0; depth < 10 && describe(cause).cause != null; depth += 1) cause = describe(cause).cause;
  return cause;
};

/** The broker's name of a protocol error, e.g. `MESSAGE_TOO_LARGE`. */
export const protocolErrorType = (error: unknown): string | undefined => describe(rootCause(error)).type;

/** True when the broker itself said that the same request will never succeed. */
export const isRefusedByBroker = (error: unknown): boolean => {
  const cause = describe(rootCause(error));
  return cause.name === 'KafkaJSProtocolError' && cause.retriable === false;
};

/** The coordinator no longer counts us in, or is about to hand out partitions anew: we have to join again. */
export const isMembershipLost = (error: unknown): boolean =>
  [
    'REBALANCE_IN_PROGRESS',
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'NOT_COORDINATOR_FOR_GROUP',
    'FENCED_INSTANCE_ID',
  ].includes(protocolErrorType(error) ?? '');
