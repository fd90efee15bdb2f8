export type KafkaErrorCode =
  'message_too_large' | 'unknown_topic' | 'refused' | 'deadline_exceeded' | 'closed' | 'topic_mismatch' | 'unreachable';

/** The only error that this package throws on purpose; `retryable` tells whether the same call may succeed later. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';

  constructor(
    readonly code: KafkaErrorCode,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }

  readonly retryable: boolean;
}
