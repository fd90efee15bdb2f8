import type { Topics } from '@flows/contracts';
import type { KafkaMessage, KafkaProducerPort, OutgoingMessage } from '@flows/kafka';
import { failpoint } from '@flows/service-kit';
import { withSpan } from '@flows/telemetry';
import { SpanKind, trace } from '@opentelemetry/api';
import { admit } from './decisions/admit.js';
import type { Decision } from './decisions/decision.js';
import type { CommittedBatch, DecisionStore } from './decisions/decision.store.js';
import { judgeEvents } from './decisions/judge-events.js';
import type { EventIntake } from './intake/event.intake.js';
import type { RejectedMessage } from './intake/incoming-event.js';
import { decisionsMade, eventsDelivered, messagesRejected } from './listener.metrics.js';
import type { EventMailbox } from './mailbox/event.mailbox.js';
import type { KeptEvent } from './mailbox/kept-event.js';
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
  mailbox: EventMailbox;
  lastFired: LastFiredRecorder;
  producer: KafkaProducerPort;
  topics: Topics;
}

/**
 * One batch of event records, from bytes to published run requests:
 *
 *   refresh triggers ─► decode each ─► match, map ─► admit ─► one transaction (decisions, queued runs, dead letters,
 *   events that runs may wait for) ─► look up the waits that are open ─► publish
 *
 * The caller resolves offsets afterwards. Whatever point it dies at, the same records may come again: decided events are recognised,
 * requests that were committed but never published are published then (or by the sweep over queued runs), and events go to their waits again.
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
    const [workflows, kept] = await Promise.all([
      this.parts.workflows.find(new Set(matched.map(({ trigger }) => trigger.workflowId))),
      this.parts.mailbox.choose(events, rejected),
    ]);
    const now = Date.now();
    const committed = await this.commit(
      judgements.map((judgement) => admit(judgement, workflows, now)),
      kept,
      rejected,
    );
    await failpoint('listener.after_commit_before_publish');
    const started = committed.fresh.flatMap(({ run }) => run ?? []);
    const requests = committed.toPublish.map((run) => requestMessage(topics, run));
    await Promise.all([this.publish(requests, kept, now), publishDeadLetters(producer, rejected)]);
    await failpoint('listener.after_publish_before_offsets');
    for (const { request } of started) lastFired.record(request.trigger.trigger_id as string, new Date(now));
    count(committed, rejected);
  }

  /** Requests and the first page of deliveries go out together; without any event to deliver, the requests alone. */
  private async publish(requests: readonly OutgoingMessage[], kept: readonly KeptEvent[], now: number): Promise<void> {
    const { producer, mailbox } = this.parts;
    let waiting = requests;
    for await (const page of mailbox.deliveries(kept, now)) {
      await producer.publish([...waiting, ...page]);
      eventsDelivered.add(page.length);
      waiting = [];
    }
    if (waiting.length > 0) await producer.publish(waiting);
  }

  /**
   * Where the database refuses some value that every check has let through, the transaction is tried again in halves until the culprit
   * stands alone: its run does not start, and if even that cannot be written, its event becomes a dead letter.
   */
  private async commit(
    decisions: readonly Decision[],
    kept: readonly KeptEvent[],
    rejected: RejectedMessage[],
  ): Promise<CommittedBatch> {
    try {
      return await this.parts.decisions.commit(decisions, rejected.map(toDeadLetterRow), kept);
    } catch (error) {
      const culprit = decisions[0] ?? kept[0];
      if (!isRefusedData(error) || culprit === undefined) throw error;
      if (decisions.length + kept.length > 1) return this.commitInHalves(decisions, kept, rejected);
      const reason = `The database refuses it: ${(error as Error).message}`;
      if ('run' in culprit && culprit.run !== null)
        return this.commit(
          [{ ...culprit, verdict: 'error', reason, details: { code: 'not_storable' }, run: null }],
          [],
          rejected,
        );
      const { message, workspaceId } = culprit.incoming;
      rejected.push({ message, rejection: { code: 'not_storable', detail: reason, workspaceId } });
      return this.commit([], [], rejected);
    }
  }

  private async commitInHalves(
    decisions: readonly Decision[],
    kept: readonly KeptEvent[],
    rejected: RejectedMessage[],
  ): Promise<CommittedBatch> {
    // Decisions and kept events apart first; then one of the two is empty.
    const both = decisions.length > 0 && kept.length > 0;
    const [decided, stored] = both ? [decisions.length, 0] : [decisions.length >> 1, kept.length >> 1];
    const first = await this.commit(decisions.slice(0, decided), kept.slice(0, stored), rejected);
    const second = await this.commit(decisions.slice(decided), kept.slice(stored), rejected);
    return {
      fresh: [...first.fresh, ...second.fresh],
      toPublish: [...first.toPublish, ...second.toPublish],
      duplicates: first.duplicates + second.duplicates,
    };
  }
}

function count({ fresh, duplicates }: CommittedBatch, rejected: readonly RejectedMessage[]): void {
  for (const { verdict } of fresh) decisionsMade.add(1, { verdict });
  if (duplicates > 0) decisionsMade.add(duplicates, { verdict: 'duplicate' });
  for (const { rejection } of rejected) messagesRejected.add(1, { code: rejection.code });
}
