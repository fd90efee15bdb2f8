/** Owns `/sequences` and the enrolments in them. A lead is in a sequence once: a second enrolment is refused, as most CRMs do. */
import Type, { type Static } from 'typebox';
import { compileBody } from '../http/body-schema.js';
import type { Route } from '../http/http-call.js';
import { HttpProblem } from '../http/http-problem.js';
import { pageOf } from '../http/page.js';
import type { Enrollment } from '../state/change.js';
import { requireLead, requireSequence } from './find.js';

const EnrollmentBody = Type.Object({ lead_id: Type.String({ minLength: 1 }) }, { additionalProperties: false });
const parseEnrollment = compileBody<Static<typeof EnrollmentBody>>(EnrollmentBody);

export const sequenceRoutes: readonly Route[] = [
  {
    kind: 'read',
    method: 'GET',
    path: '/sequences',
    read: ({ query }, state) => {
      const sequences = [...state.sequences.values()].map(({ id, name, enrollments }) => ({
        id,
        name,
        enrollments: enrollments.size,
      }));
      return { status: 200, body: pageOf(sequences, (sequence) => sequence.id, query) };
    },
  },
  {
    kind: 'read',
    method: 'GET',
    path: '/sequences/{id}/enrollments',
    /** In the order of enrolment; filter `lead_id`. */
    read: ({ params, query }, state) => {
      const leadId = query.get('lead_id');
      const all = [...requireSequence(state, params['id']).enrollments.values()];
      const enrollments = leadId === null ? all : all.filter((enrollment) => enrollment.lead_id === leadId);
      return { status: 200, body: pageOf(enrollments, (enrollment) => enrollment.id, query) };
    },
  },
  {
    kind: 'write',
    method: 'POST',
    path: '/sequences/{id}/enrollments',
    write: ({ params, body }, context) => {
      const sequence = requireSequence(context.state, params['id']);
      const lead = requireLead(context.state, parseEnrollment(body).lead_id);
      const existing = sequence.enrollments.get(lead.id);
      if (existing) {
        throw new HttpProblem(
          409,
          'already_enrolled',
          `lead_id: ${lead.id} is in the sequence ${sequence.id} since ${existing.enrolled_at}, as ${existing.id}.`,
          { errors: [{ pointer: '#/lead_id', code: 'already_enrolled', message: `enrolled as ${existing.id}` }] },
        );
      }
      const enrollment: Enrollment = {
        id: `enr_${context.newId()}`,
        sequence_id: sequence.id,
        lead_id: lead.id,
        status: 'active',
        enrolled_at: context.at,
      };
      return { answer: { status: 201, body: enrollment }, changes: [{ kind: 'lead_enrolled', enrollment }] };
    },
  },
];
