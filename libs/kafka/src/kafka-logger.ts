/** The part of a pino logger that this package writes to; `nestjs-pino` and `pino` both fit. */
export interface KafkaLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For tests and one-off commands that have nobody to tell. */
export const silentLogger: KafkaLogger = { debug() {}, info() {}, warn() {}, error() {} };
