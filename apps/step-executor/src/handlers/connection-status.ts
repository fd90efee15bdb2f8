import { ActionError } from '@flows/connectors';
import type { CatalogueConnection, ConnectionStatus } from '../catalogue/catalogue.cache.js';

export function isConnected(connection: CatalogueConnection | null): boolean {
  return connection?.status === 'connected';
}

/** Refuses work through a connection that is not connected, before anything is called. */
export function requireConnected(name: string, status: ConnectionStatus): void {
  switch (status) {
    case 'connected':
      return;
    case 'needs_reauth':
      throw refusal(
        'needs_reauth',
        'auth',
        `The connection "${name}" needs re-authorisation: authorise it again, then retry the run`,
        name,
      );
    case 'disabled':
      throw refusal(
        'connection_disabled',
        'non_retryable',
        `The connection "${name}" is disabled: enable it, then retry the run`,
        name,
      );
  }
}

export function refusal(code: string, errorClass: 'auth' | 'non_retryable', message: string, connection?: string): ActionError {
  const details = connection === undefined ? {} : { details: { connection } };
  return new ActionError({ code, message, class: errorClass, origin: 'executor', ...details });
}
