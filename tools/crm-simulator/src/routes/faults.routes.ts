/** Owns `/faults`: how tests order failures. */
import type { Route } from '../http/http-call.js';
import { parseFault } from '../faults/fault-body.js';
import type { FaultRules } from '../faults/fault-rules.js';

export function faultRoutes(faults: FaultRules): readonly Route[] {
  return [
    {
      kind: 'control',
      method: 'GET',
      path: '/faults',
      control: () => ({ status: 200, body: { items: faults.list() } }),
    },
    {
      kind: 'control',
      method: 'POST',
      path: '/faults',
      control: ({ body }) => {
        const fault = parseFault(body);
        faults.add(fault);
        return { status: 201, body: fault };
      },
    },
    {
      kind: 'control',
      method: 'DELETE',
      path: '/faults',
      control: () => {
        faults.clear();
        return { status: 204 };
      },
    },
  ];
}
