import type { JsonObject } from '@flows/contracts';
import type { ConnectorAction } from '../connector.js';
import { ActionError } from '../errors/action-error.js';
import { callCrm } from './crm-client.js';
import { leadIdSchema, pathIdSchema, type LeadInput } from './crm-schemas.js';

/**
 * Adds a lead to an e-mail sequence. A lead that is in it already (409, code `already_enrolled`) is what was asked for: the output says
 * `already_enrolled: true`, nothing is mailed twice, and the run goes on. A flow that wants to tell the two apart branches on it.
 */
export const addLeadToSequence: ConnectorAction = {
  title: 'Add a lead to a sequence',
  input_schema: {
    type: 'object',
    properties: { lead_id: leadIdSchema, sequence_id: pathIdSchema('The sequence in the CRM') },
    required: ['lead_id', 'sequence_id'],
    additionalProperties: false,
  },
  output_schema: {
    type: 'object',
    properties: {
      already_enrolled: { type: 'boolean' },
      /** Absent when the lead was in the sequence before. */
      enrollment_id: { type: 'string' },
      sequence_id: { type: 'string' },
      lead_id: { type: 'string' },
      status: { type: 'string' },
      enrolled_at: { type: 'string' },
    },
    required: ['already_enrolled', 'sequence_id', 'lead_id'],
  },
  effect: 'keyed',
  async run(context) {
    const { lead_id, sequence_id } = context.input as unknown as LeadInput & { sequence_id: string };
    let body: JsonObject;
    try {
      body = await callCrm(context, { method: 'POST', path: ['sequences', sequence_id, 'enrollments'], body: { lead_id } });
    } catch (error) {
      if (!isAlreadyEnrolled(error)) throw error;
      return { already_enrolled: true, sequence_id, lead_id };
    }
    const { id, enrollment_id = id, ...rest } = body;
    if (typeof enrollment_id !== 'string') throw withoutId(body);
    return { ...rest, already_enrolled: false, enrollment_id, sequence_id, lead_id };
  },
  receipt: (output) => ({ enrollment_id: (output as JsonObject)['enrollment_id'] ?? null }),
};

function isAlreadyEnrolled(error: unknown): boolean {
  return (
    error instanceof ActionError &&
    error.flowError.details?.['status'] === 409 &&
    error.flowError.details['provider_code'] === 'already_enrolled'
  );
}

function withoutId(body: JsonObject): ActionError {
  return new ActionError(
    {
      code: 'provider_answer_invalid',
      message: 'The CRM confirmed the enrolment without an id',
      class: 'non_retryable',
      origin: 'provider',
      details: { keys: Object.keys(body) },
    },
    { effectUnknown: true },
  );
}
