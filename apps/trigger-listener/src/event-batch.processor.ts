import type { Topics } from '@flows/contracts';
import type { KafkaMessage, KafkaProducerPort } from '@flows/kafka';
import { failpoint } from '@flows/service-kit';
import { withSpan } from '@flows/telemetry';
import { SpanKind, trace } from '@opentelemetry/api';
import { admit } from './decisions/admit.js';
import type { Decision } from './decisions/decision.js';
import type { CommittedBatch, DecisionStore } from './decisions/decision.store.js';
import { judgeEvents } from './decisions/judge-events.js';
import type { EventIntake } from './intake/event.intake.js';
import type { RejectedMessage } from './intake/incoming-event.js';
import { decisionsMade, messagesRejected } from './listener.metrics.js';
import { publishDeadLetters, toDeadLetterRow } from './publish/dead-letters.js';
import { requestMessage } from './publish/outgoing-messages.js';
import { isRefusedData } from './refused-data.js';
import type { LastFiredRecorder } from './triggers/last-fired.recorder.js';
import type { TriggerDirectory } from './triggers/trigger.directory.js';
import type { WorkflowCatalogue } from './workflows/workflow.catalogue.js';

const tracer = trace.getTracer('@flows/trigger-listener');

export interface EventBatchParts {
  intake: EventIntake;
  triggers: TriggerDirectory;
  workflows: WorkflowCatalogue;
  decisions: DecisionStore;
  lastFired: LastFiredRecorder;
  producer: KafkaProducerPort;
  topics: Topics;
}

/**
 * One batch of event records, from bytes to published run requests:
 *
 *   refresh triggers ─► decode each ─► match, map ─► admit ─► one transaction (decisions, queued runs, dead letters) ─► publish
 *
 * The caller resolves offsets afterwards. Whatever point it dies at, the same records may come again: decided events are recognised,
 * and requests that were committed but never published are published then (or by the sweep over queued runs).
 *
 * Throws only when database or broker fail; then the batch has to come again.
 */
export class EventBatchProcessor {
  constructor(private readonly parts: EventBatchParts) {}

  process(messages: readonly KafkaMessage[]): Promise<void> {
    const attributes = { 'messaging.system': 'kafka', 'messaging.batch.message_count': messages.length };
    return withSpan(tracer, 'process events', { kind: SpanKind.CONSUMER, parent: null, attributes }, () =>
      this.processBatch(messages),
    );
  }

  private async processBatch(messages: readonly KafkaMessage[]): Promise<void> {
    const { intake, triggers, producer, topics, lastFired } = this.parts;
    await triggers.refresh();
    const { events, rejected } = await intake.take(messages);
    const judgements = judgeEvents(events, (workspaceId, eventType) => triggers.find(workspaceId, eventType));
    const matched = judgements.filter(({ result }) => result.verdict === 'started');
    const workflows = await this.parts.workflows.find(new Set(matched.map(({ trigger }) => trigger.workflowId)));
    const now = Date.now();
    const committed = await this.commit(
      judgements.map((judgement) => admit(judgement, workflows, now)),
      rejected,
    );
    await failpoint('listener.after_commit_before_publish');
    const started = committed.fresh.flatMap(({ run }) => run ?? []);
    const requests = [...started, ...committed.unpublished].map((run) => requestMessage(topics, run));
    await Promise.all([requests.length > 0 ? producer.publish(requests) : undefined, publishDeadLetters(producer, rejected)]);
    await failpoint('listener.after_publish_before_offsets');
    for (const { request } of started) lastFired.record(request.trigger.trigger_id as string, new Date(now));
    count(committed, rejected);
  }

  /**
   * Where the database refuses some value that every check has let through, the transaction is tried again in halves until the culprit
   * stands alone: its run does not start, and if even that cannot be written, its event becomes a dead letter.
   */
  private async commit(decisions: readonly Decision[], rejected: RejectedMessage[]): Promise<CommittedBatch> {
    try {
      return await this.parts.decisions.commit(decisions, rejected.map(toDeadLetterRow));
    } catch (error) {
      const [first, ...others] = decisions;
      if (!isRefusedData(error) || first === undefined) throw error;
      if (others.length > 0) return this.commitInHalves(decisions, rejected);
      const reason = `The database refuses it: ${(error as Error).message}`;
      if (first.run !== null)
        return this.commit([{ ...first, verdict: 'error', reason, details: { code: 'not_storable' }, run: null }], rejected);
      const { message, workspaceId } = first.incoming;
      rejected.push({ message, rejection: { code: 'not_storable', detail: reason, workspaceId } });
      return this.commit([], rejected);
    }
  }

  private async commitInHalves(decisions: readonly Decision[], rejected: RejectedMessage[]): Promise<CommittedBatch> {
    const middle = decisions.length >> 1;
    const first = await this.commit(decisions.slice(0, middle), rejected);
    const second = await this.commit(decisions.slice(middle), rejected);
    return {
      fresh: [...first.fresh, ...second.fresh],
      unpublished: [...first.unpublished, ...second.unpublished],
      duplicates: first.duplicates + second.duplicates,
    };
  }
}

function count({ fresh, duplicates }: CommittedBatch, rejected: readonly RejectedMessage[]): void {
  for (const { verdict } of fresh) decisionsMade.add(1, { verdict });
  if (duplicates > 0) decisionsMade.add(duplicates, { verdict: 'duplicate' });
  for (const { rejection } of rejected) messagesRejected.add(1, { code: rejection.code });
}
