/** Owns `/segments` and who is in them. Entering twice or leaving without being in is no error and no event. */
import type { Route } from '../http/http-call.js';
import { pageOf } from '../http/page.js';
import { queueEvent } from '../events/crm-event.js';
import type { Segment } from '../state/crm-state.js';
import { requireLead, requireSegment } from './find.js';

const summaryOf = (segment: Segment) => ({ id: segment.id, name: segment.name });

export const segmentRoutes: readonly Route[] = [
  {
    kind: 'read',
    method: 'GET',
    path: '/segments',
    read: ({ query }, state) => {
      const segments = [...state.segments.values()].map((segment) => ({ ...summaryOf(segment), members: segment.members.size }));
      return { status: 200, body: pageOf(segments, (segment) => segment.id, query) };
    },
  },
  {
    kind: 'read',
    method: 'GET',
    path: '/segments/{id}/members',
    read: ({ params, query }, state) => {
      const members = [...requireSegment(state, params['id']).members].map(([lead_id, entered_at]) => ({ lead_id, entered_at }));
      return { status: 200, body: pageOf(members, (member) => member.lead_id, query) };
    },
  },
  {
    kind: 'write',
    method: 'PUT',
    path: '/segments/{id}/members/{lead_id}',
    write: ({ params }, context) => {
      const segment = requireSegment(context.state, params['id']);
      const lead = requireLead(context.state, params['lead_id']);
      const since = segment.members.get(lead.id);
      const body = { segment_id: segment.id, lead_id: lead.id, entered_at: since ?? context.at };
      if (since !== undefined) return { answer: { status: 200, body }, changes: [] };
      const data = { segment_id: segment.id, segment: summaryOf(segment) };
      return {
        answer: { status: 201, body },
        changes: [
          { kind: 'member_added', segment_id: segment.id, lead_id: lead.id, at: context.at },
          queueEvent('crm', 'lead.segment_entered', lead, data, context),
        ],
      };
    },
  },
  {
    kind: 'write',
    method: 'DELETE',
    path: '/segments/{id}/members/{lead_id}',
    write: ({ params }, context) => {
      const segment = requireSegment(context.state, params['id']);
      const lead = requireLead(context.state, params['lead_id']);
      if (!segment.members.has(lead.id)) return { answer: { status: 204 }, changes: [] };
      const data = { segment_id: segment.id, segment: summaryOf(segment) };
      return {
        answer: { status: 204 },
        changes: [
          { kind: 'member_removed', segment_id: segment.id, lead_id: lead.id },
          queueEvent('crm', 'lead.segment_left', lead, data, context),
        ],
      };
    },
  },
];
