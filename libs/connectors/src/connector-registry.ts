import type { Connector } from './connector.js';
import { crmConnector } from './crm/crm.connector.js';
import { noopConnector } from './noop/noop.connector.js';

/** Every built-in connector by the name that a connection's `provider` gives. The gateway's catalogue and the executor read the same one. */
export const CONNECTORS: ReadonlyMap<string, Connector> = new Map(
  [crmConnector, noopConnector].map((connector) => [connector.name, connector]),
);
