import type { Connector } from '../connector.js';
import { getLead } from './leads-get.action.js';
import { updateLead } from './leads-update.action.js';
import { addLeadToSequence } from './sequences-add-lead.action.js';

/** The workspace's CRM over its HTTP API, at the connection's `base_url`. It recognises idempotency keys on every write. */
export const crmConnector: Connector = {
  name: 'crm',
  title: 'CRM',
  actions: {
    'leads.get': getLead,
    'leads.update': updateLead,
    'sequences.add_lead': addLeadToSequence,
  },
};
