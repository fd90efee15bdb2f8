/** Owns the view on what reached this CRM, by idempotency key: the proof that an effect happened once. */
import type { Route } from '../http/http-call.js';
import type { CrmState } from '../state/crm-state.js';

/** Counts are kept for a day; a crash of this process may lose counts of calls that got no answer, never an `applied`. */
export function callRoutes(state: CrmState): readonly Route[] {
  return [
    {
      kind: 'control',
      method: 'GET',
      path: '/calls',
      control: ({ query }) => {
        const key = query.get('key');
        const items = [...state.calls.values()].filter((calls) => key === null || calls.key === key);
        return { status: 200, body: { items, total: items.length, writes_without_key: state.writesWithoutKey } };
      },
    },
  ];
}
