/** Owns the CloudEvents 1.0 envelope of what this CRM tells the world. Refuses transport: `kafka-publisher.ts` sends it. */
import { HttpProblem } from '../http/http-problem.js';
import type { WriteContext } from '../http/http-call.js';
import type { Lead } from '../leads/lead.js';
import type { Change, Channel } from '../state/change.js';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The lead's id. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly workspaceid: string;
  readonly causationid?: string;
  readonly causationdepth?: number;
  readonly traceparent?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const SOURCE = '/crm-simulator';

/** Queues an event about a lead; `data` gets `lead_id` and `lead` in front. Throws 422 when no workspace is known. */
export function queueEvent(
  channel: Channel,
  type: string,
  lead: Lead,
  data: Readonly<Record<string, unknown>>,
  context: WriteContext,
): Change {
  const { workspaceId, causationId, causationDepth, traceparent } = context.origin;
  if (workspaceId === null) {
    throw new HttpProblem(
      422,
      'workspace_unknown',
      'x-workspace-id: this write causes an event, which needs a workspace; send the header or start with CRM_WORKSPACE_ID.',
    );
  }
  const event: CloudEvent = {
    specversion: '1.0',
    id: context.newId(),
    source: SOURCE,
    type,
    subject: lead.id,
    time: context.at,
    datacontenttype: 'application/json',
    workspaceid: workspaceId,
    ...(causationId === null ? {} : { causationid: causationId }),
    ...(causationDepth === null ? {} : { causationdepth: causationDepth }),
    ...(traceparent === null ? {} : { traceparent }),
    data: { lead_id: lead.id, lead, ...data },
  };
  return { kind: 'event_queued', channel, event };
}
