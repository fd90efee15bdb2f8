/** Owns `/leads`. */
import type { Route } from '../http/http-call.js';
import { pageOf } from '../http/page.js';
import { parseLeadPatch, parseNewLead } from '../leads/lead-body.js';
import { writeLeadPatch, writeNewLead } from '../leads/lead.write.js';
import { emailKey } from '../state/crm-state.js';
import { requireLead } from './find.js';

export const leadRoutes: readonly Route[] = [
  {
    kind: 'read',
    method: 'GET',
    path: '/leads',
    /** Oldest first; filters `status` and `email`. */
    read: ({ query }, state) => {
      const status = query.get('status');
      const email = query.get('email');
      const leads = [...state.leads.values()].filter(
        (lead) => (status === null || lead.status === status) && (email === null || emailKey(lead.email) === emailKey(email)),
      );
      return { status: 200, body: pageOf(leads, (lead) => lead.id, query) };
    },
  },
  {
    kind: 'write',
    method: 'POST',
    path: '/leads',
    write: ({ body }, context) => {
      const { lead, changes } = writeNewLead(parseNewLead(body), context);
      return { answer: { status: 201, body: lead, headers: { location: `/leads/${lead.id}` } }, changes };
    },
  },
  {
    kind: 'read',
    method: 'GET',
    path: '/leads/{id}',
    read: ({ params }, state) => ({ status: 200, body: requireLead(state, params['id']) }),
  },
  {
    kind: 'write',
    method: 'PATCH',
    path: '/leads/{id}',
    write: ({ params, body }, context) => {
      const current = requireLead(context.state, params['id']);
      const { lead, changes } = writeLeadPatch(current, parseLeadPatch(body), context);
      return { answer: { status: 200, body: lead }, changes };
    },
  },
];
