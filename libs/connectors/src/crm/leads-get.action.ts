import type { ConnectorAction } from '../connector.js';
import { callCrm } from './crm-client.js';
import { leadIdSchema, leadSchema, type LeadInput } from './crm-schemas.js';

export const getLead: ConnectorAction = {
  title: 'Get a lead',
  input_schema: { type: 'object', properties: { lead_id: leadIdSchema }, required: ['lead_id'], additionalProperties: false },
  output_schema: leadSchema,
  effect: 'none',
  async run(context) {
    const { lead_id } = context.input as unknown as LeadInput;
    return await callCrm(context, { method: 'GET', path: ['leads', lead_id] });
  },
};
