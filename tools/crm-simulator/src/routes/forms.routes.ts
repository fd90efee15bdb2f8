/** Owns form submissions, as a website's form would send them. Any form id is good; the address finds the lead or makes one. */
import Type, { type Static } from 'typebox';
import { queueEvent } from '../events/crm-event.js';
import { compileBody } from '../http/body-schema.js';
import type { HttpCall, Route, WriteContext, WriteResult } from '../http/http-call.js';
import { HttpProblem } from '../http/http-problem.js';
import { emailField } from '../leads/lead-body.js';
import { writeNewLead, type LeadWrite } from '../leads/lead.write.js';
import { emailKey } from '../state/crm-state.js';
import { requireLead } from './find.js';

const SubmissionBody = Type.Object(
  {
    lead_id: Type.Optional(Type.String({ minLength: 1 })),
    email: Type.Optional(emailField),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    fields: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
type SubmissionBody = Static<typeof SubmissionBody>;
const parseSubmission = compileBody<SubmissionBody>(SubmissionBody);

const FORM_ID = /^[A-Za-z0-9_-]{1,64}$/;

export const formRoutes: readonly Route[] = [
  { kind: 'write', method: 'POST', path: '/forms/{id}/submissions', write: submitForm },
];

function submitForm({ params, body }: HttpCall, context: WriteContext): WriteResult {
  const formId = params['id'] ?? '';
  if (!FORM_ID.test(formId))
    throw new HttpProblem(422, 'invalid_form_id', 'id: a form id has 1 to 64 letters, digits, "_" or "-".');
  const submission = parseSubmission(body);
  const { lead, changes } = leadOf(submission, formId, context);
  const data = { form_id: formId, submission_id: `sub_${context.newId()}`, fields: submission.fields ?? {} };
  const answer = { id: data.submission_id, form_id: formId, lead_id: lead.id, fields: data.fields, submitted_at: context.at };
  return {
    answer: { status: 201, body: answer },
    changes: [...changes, queueEvent('connector', 'form.submitted', lead, data, context)],
  };
}

function leadOf({ lead_id, email, name }: SubmissionBody, formId: string, context: WriteContext): LeadWrite {
  if (lead_id !== undefined) return { lead: requireLead(context.state, lead_id), changes: [] };
  if (email === undefined) throw new HttpProblem(422, 'invalid_body', 'email: is required where the body has no lead_id.');
  const known = context.state.leadIdByEmail.get(emailKey(email));
  if (known !== undefined) return { lead: requireLead(context.state, known), changes: [] };
  return writeNewLead({ name: name ?? email, email, source: `form:${formId}` }, context);
}
