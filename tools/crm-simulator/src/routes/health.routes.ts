/** Owns `/health`. A broker that is away is no illness: events wait in the outbox, whose length is shown. */
import type { Route } from '../http/http-call.js';
import type { CrmState } from '../state/crm-state.js';

export function healthRoutes(state: CrmState): readonly Route[] {
  return [
    {
      kind: 'control',
      method: 'GET',
      path: '/health',
      control: () => ({
        status: 200,
        body: {
          status: 'ok',
          leads: state.leads.size,
          events_waiting: state.outbox.crm.length + state.outbox.connector.length,
        },
      }),
    },
  ];
}
