import { Injectable } from '@nestjs/common';
import { fromTypeId, toTypeId, type JsonValue } from '@flows/contracts';
import { TriggerEntity, WorkflowEntity } from '@flows/postgres';
import { compileTrigger, matchTrigger, type Verdict } from '@flows/trigger-rules';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { insertRecord } from '../database/insert-record.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { ApiProblem, notFound, validationFailed } from '../http/api-problem.js';
import { NewestFirst } from '../paging/newest-first.js';
import type { Page } from '../paging/page.js';
import { checkTrigger } from './check-trigger.js';
import { DecisionsRepository } from './decisions.repository.js';
import { sampleEvent } from './sample-event.js';
import type { CreateTriggerBody, ListTriggersQuery, PatchTriggerBody, TestTriggerBody } from './trigger.dto.js';
import { toTriggerView, type TriggerView } from './trigger.view.js';

export interface TriggerTestView {
  matched: boolean;
  verdict: Verdict;
  reason: string;
  /** What the run would get; null when none would start. */
  payload: JsonValue;
  details: object;
}

@Injectable()
export class TriggersService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly lists: NewestFirst,
    private readonly decisions: DecisionsRepository,
  ) {}

  list(call: ApiCall, query: ListTriggersQuery): Promise<Page<TriggerView>> {
    const where = {
      ...(query.workflow_id === undefined ? {} : { workflowId: fromTypeId('wf', query.workflow_id) ?? '' }),
      ...(query.type === undefined ? {} : { type: query.type }),
    };
    return this.transactions.run(call.workspaceId, (tx) =>
      this.lists.page(tx, { entity: TriggerEntity, list: 'triggers', query, where: [where] }, toTriggerView),
    );
  }

  create(call: ApiCall, body: CreateTriggerBody): Promise<Answer> {
    return this.transactions.post(call, async (tx) => {
      const workflowId = fromTypeId('wf', body.workflow_id) ?? '';
      const workflow = await tx.manager.findOneBy(WorkflowEntity, { id: workflowId, workspaceId: tx.workspaceId });
      if (workflow === null) {
        throw validationFailed([
          {
            pointer: '#/workflow_id',
            code: 'unknown_workflow',
            message: `There is no workflow ${body.workflow_id} in this workspace`,
          },
        ]);
      }
      if (workflow.status === 'archived') throw new ApiProblem('workflow_archived', 'An archived workflow gets no triggers');
      const trigger = await insertTrigger(tx, { ...body, workflowId });
      const view = toTriggerView(trigger);
      return Answer.json(201, view, { location: `/api/v1/flows/triggers/${view.id}` });
    });
  }

  get(call: ApiCall, id: string): Promise<TriggerView> {
    return this.transactions.run(call.workspaceId, async (tx) => toTriggerView(await load(tx, id)));
  }

  patch(call: ApiCall, id: string, body: PatchTriggerBody): Promise<TriggerView> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const trigger = await load(tx, id, true);
      const { event_type: eventType = trigger.eventType, ...rest } = body;
      Object.assign(trigger, { ...rest, eventType, updatedAt: new Date() });
      checkTrigger(trigger);
      await tx.manager.save(trigger, { reload: false });
      return toTriggerView(trigger);
    });
  }

  /** What it has decided stays in the log of each event. */
  async remove(call: ApiCall, id: string): Promise<void> {
    await this.transactions.run(call.workspaceId, async (tx) => {
      const { affected } = await tx.manager.delete(TriggerEntity, { id, workspaceId: tx.workspaceId });
      if (affected === 0) throw notFound(`Trigger ${toTypeId('trg', id)}`);
    });
  }

  /** What the trigger would do with an event, by the rules that the listener uses; nothing is started or logged. */
  test(call: ApiCall, id: string, body: TestTriggerBody): Promise<TriggerTestView> {
    if ((body.event === undefined) === (body.event_id === undefined)) {
      throw validationFailed([{ pointer: '#', code: 'one_of', message: 'Send either "event" or "event_id"' }]);
    }
    return this.transactions.run(call.workspaceId, async (tx) => {
      const compiled = compileTrigger(await load(tx, id));
      if (!compiled.ok) throw validationFailed(compiled.problems);
      const event = sampleEvent(tx.workspaceId, body.event ?? (await this.decisions.loadEvent(tx, body.event_id ?? '')));
      const result = matchTrigger(compiled.trigger, event);
      const { verdict, reason, details } = result;
      return {
        matched: verdict === 'started',
        verdict,
        reason,
        payload: result.verdict === 'started' ? result.payload : null,
        details,
      };
    });
  }
}

export type NewTrigger = Omit<CreateTriggerBody, 'workflow_id'> & { workflowId: string };

/** @throws ApiProblem `validation_failed` when it could never fire as it is meant to. */
export async function insertTrigger(tx: WorkspaceTransaction, body: NewTrigger): Promise<TriggerEntity> {
  const now = new Date();
  const trigger = Object.assign(new TriggerEntity(), {
    id: uuid(),
    workspaceId: tx.workspaceId,
    workflowId: body.workflowId,
    name: body.name?.trim() ?? body.event_type,
    type: body.type,
    targetType: 'workflow' as const,
    enabled: body.enabled ?? true,
    eventType: body.event_type,
    source: body.source ?? null,
    filter: body.filter ?? null,
    mapping: body.mapping ?? null,
    lastFiredAt: null,
    createdAt: now,
    updatedAt: now,
  });
  checkTrigger(trigger);
  await insertRecord(tx, TriggerEntity, trigger);
  return trigger;
}

async function load(tx: WorkspaceTransaction, id: string, lock = false): Promise<TriggerEntity> {
  const trigger = await tx.manager.findOne(TriggerEntity, {
    where: { id, workspaceId: tx.workspaceId },
    ...(lock ? { lock: { mode: 'pessimistic_write' } } : {}),
  });
  if (trigger === null) throw notFound(`Trigger ${toTypeId('trg', id)}`);
  return trigger;
}
