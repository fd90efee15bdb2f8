import type { JsonObject } from '@flows/contracts';
import type { ConnectorAction } from '../connector.js';
import { callCrm } from './crm-client.js';
import { leadIdSchema, leadSchema, type LeadInput } from './crm-schemas.js';

export const updateLead: ConnectorAction = {
  title: 'Update fields of a lead',
  input_schema: {
    type: 'object',
    properties: {
      lead_id: leadIdSchema,
      fields: {
        type: 'object',
        minProperties: 1,
        description: 'The fields to change and their new values; others stay as they are',
      },
    },
    required: ['lead_id', 'fields'],
    additionalProperties: false,
  },
  output_schema: leadSchema,
  effect: 'keyed',
  async run(context) {
    const { lead_id, fields } = context.input as unknown as LeadInput & { fields: JsonObject };
    return await callCrm(context, { method: 'PATCH', path: ['leads', lead_id], body: fields });
  },
  receipt: (output) => {
    const { id, updated_at } = output as JsonObject;
    return { lead_id: id ?? null, updated_at: updated_at ?? null };
  },
};
