/** A start that cannot succeed by waiting: the message is for the person at the terminal, without a stack. */
export class BootError extends Error {
  override readonly name = 'BootError';

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}
