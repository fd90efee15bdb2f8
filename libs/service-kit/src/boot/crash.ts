import { inspect } from 'node:util';
import { ConfigError, CONFIG_EXIT_CODE } from '../config/config-error.js';
import type { Logger } from '../logging/create-logger.js';

/** What nobody caught leaves the process in an unknown state: say it and leave; what is in flight is redelivered. */
export function crashOnUncaught(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  process.on('unhandledRejection', (reason) => {
    logger.fatal({ err: reason instanceof Error ? reason : new Error(inspect(reason)) }, 'unhandled rejection');
    process.exit(1);
  });
}

/** Bad settings are for a person to read, so they go to stderr as text, without a stack. */
export function exitOnConfigError(service: string, error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${service} cannot start: ${error.message}\n`);
  process.exit(CONFIG_EXIT_CODE);
}
