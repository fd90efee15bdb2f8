import type { JsonObject, RunRequested } from '@flows/contracts';
import { laneOf, type MatchResult } from '@flows/trigger-rules';
import { MAX_EVENT_BYTES } from '../intake/decode-event.js';
import type { StartableWorkflow } from '../workflows/workflow.catalogue.js';
import type { Decision } from './decision.js';
import { deriveRunId, timeOfEvent } from './derive-run-id.js';
import type { Judgement } from './judge-events.js';
import { traceOfRun } from './trace-of-run.js';

type Started = Extract<MatchResult, { verdict: 'started' }>;

/**
 * From what the rules say to what is decided: a match starts a run only of an active workflow, with a payload that its current version takes.
 * @param now Unix milliseconds: when the run is created.
 */
export function admit(judgement: Judgement, workflows: ReadonlyMap<string, StartableWorkflow>, now: number): Decision {
  const { result, trigger } = judgement;
  if (result.verdict !== 'started') return refuse(judgement, result.verdict, result.reason, result.details);
  const workflow = workflows.get(trigger.workflowId) ?? { startable: false, reason: 'The workflow does not exist' };
  if (!workflow.startable) return refuse(judgement, 'disabled', workflow.reason, { code: 'workflow_not_active' });
  const problem = workflow.terms.checkPayload(result.payload);
  if (problem !== null) {
    const reason = `The payload does not fit the input schema of version ${workflow.version}. ${problem.pointer}: ${problem.message}`;
    return refuse(judgement, 'mapping_failed', reason, { ...problem, version: workflow.version });
  }
  const request = toRequest(judgement, result, workflow.version, now);
  // Numbers may be longer in our writing than in the producer's.
  const eventBytes = Buffer.byteLength(JSON.stringify(request.trigger.event));
  if (eventBytes > 2 * MAX_EVENT_BYTES)
    return refuse(judgement, 'error', `The event has ${eventBytes} bytes when written out`, { code: 'event_too_large' });
  const lane = laneOf(workflow.terms.laneTerms, { workflowId: trigger.workflowId, ...request });
  if (!lane.ok) return refuse(judgement, 'mapping_failed', lane.message, { code: lane.code, version: workflow.version });
  return {
    ...entry(judgement),
    verdict: 'started',
    reason: result.reason,
    details: { version: workflow.version, ...result.details },
    run: {
      request,
      timeoutMs: workflow.terms.timeoutMs,
      priority: workflow.terms.priority,
      lane: lane.lane,
      traceparent: traceOfRun(judgement.incoming, trigger.id, request.run_id),
    },
  };
}

function toRequest({ incoming, trigger }: Judgement, result: Started, version: number, now: number): RunRequested {
  const { event, workspaceId, message } = incoming;
  const runId = deriveRunId(trigger.id, event.source, event.id, timeOfEvent(event.time, message.timestamp));
  return {
    id: `req:${runId}`,
    type: 'run.requested',
    run_id: runId,
    workspace_id: workspaceId,
    workflow_id: trigger.workflowId,
    version,
    payload: result.payload,
    trigger: {
      type: trigger.type,
      trigger_id: trigger.id,
      event_id: event.id,
      event: event as JsonObject,
      causation_depth: result.causationDepth,
    },
    at: now,
    created_at: now,
  };
}

function entry({ incoming, trigger, repeats }: Judgement): Pick<Decision, 'triggerId' | 'incoming' | 'repeats'> {
  return { triggerId: trigger.id, incoming, repeats };
}

function refuse(judgement: Judgement, verdict: Decision['verdict'], reason: string, details: JsonObject): Decision {
  return { ...entry(judgement), verdict, reason, details, run: null };
}
