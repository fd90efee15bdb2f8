/** The event types that the product names; producers may send any other (`custom.*`, or their own). */
export const CRM_EVENT_TYPES = [
  'lead.created',
  'lead.updated',
  'lead.status_changed',
  'lead.segment_entered',
  'lead.segment_left',
  'lead.score_changed',
  'company.created',
  'company.updated',
  'deal.stage_changed',
] as const;
export const CONNECTOR_EVENT_TYPES = [
  'form.submitted',
  'email.sent',
  'email.opened',
  'email.clicked',
  'email.replied',
  'email.bounced',
  'ad.click_attributed',
  'meeting.booked',
  'connector.oauth.completed',
  'connector.needs_reauth',
  'agent.run.completed',
] as const;

/** A data schema of an event type: what a matching event must carry, or it is a dead letter. Types not listed carry any object. */
const lead = {
  type: 'object',
  required: ['lead_id'],
  properties: { lead_id: { type: 'string', minLength: 1 }, lead: { type: 'object' } },
} as const;
const segment = {
  type: 'object',
  required: ['lead_id', 'segment_id'],
  properties: { ...lead.properties, segment_id: { type: 'string', minLength: 1 }, segment: { type: 'object' } },
} as const;
export const EVENT_DATA_SCHEMAS: Record<string, object> = {
  'lead.created': lead,
  'lead.updated': lead,
  'lead.status_changed': lead,
  'lead.score_changed': lead,
  'lead.segment_entered': segment,
  'lead.segment_left': segment,
};
