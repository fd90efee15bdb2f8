import type { CommonConfig } from '../config/service-fields.js';
import type { Logger } from '../logging/create-logger.js';

/** Injection tokens of what every service has: `@Inject(SERVICE_CONFIG) config: OrchestratorConfig`, `@Inject(SERVICE_LOGGER) logger: Logger`. */
export const SERVICE_CONFIG = Symbol('SERVICE_CONFIG');
export const SERVICE_LOGGER = Symbol('SERVICE_LOGGER');

export interface ServiceContext<C extends CommonConfig> {
  readonly config: C;
  readonly logger: Logger;
}
