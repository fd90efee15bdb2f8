import type { JsonObject } from '@flows/contracts';

/** What the CRM's actions share. A lead is shown as the CRM has it: only its id is certain. */
export interface LeadInput {
  lead_id: string;
}

/** An id that becomes a path segment. Dot segments would be resolved away and reach another resource, even percent-encoded. */
export const pathIdSchema = (description: string): JsonObject => ({
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^(?!\\.{1,2}$)',
  description,
});

export const leadIdSchema: JsonObject = pathIdSchema('The lead in the CRM');

export const leadSchema: JsonObject = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: ['string', 'null'] },
    email: { type: ['string', 'null'] },
    title: { type: ['string', 'null'] },
    company: { type: ['object', 'null'] },
    status: { type: ['string', 'null'] },
    score: { type: ['number', 'null'] },
  },
  required: ['id'],
};
