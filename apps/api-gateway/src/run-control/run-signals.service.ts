import { Injectable } from '@nestjs/common';
import { deriveId, MAX_PAYLOAD_BYTES, toTypeId, type EventReceived } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';
import { RunInputsPublisher } from '../runs/run-inputs.publisher.js';
import { RunsRepository } from '../runs/runs.repository.js';
import { runStateConflict } from './run-state-conflict.js';
import type { SignalBody } from './signal.dto.js';

const SOURCE = '/api';
const DAY_MS = 24 * 60 * 60_000;

/** Events for the waits of one run. One that no wait is open for is kept by the run, for a wait to come. */
@Injectable()
export class RunSignalsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly runs: RunsRepository,
    private readonly inputs: RunInputsPublisher,
  ) {}

  /** 202 with the id of the event. @throws ApiProblem `run_state_conflict` for an ended run, `payload_too_large` */
  signal(call: ApiCall, runId: string, body: SignalBody): Promise<Answer> {
    const data = body.data === undefined ? {} : body.data;
    const size = Buffer.byteLength(JSON.stringify(data));
    if (size > MAX_PAYLOAD_BYTES)
      throw new ApiProblem(
        'payload_too_large',
        `The data of a signal has at most ${MAX_PAYLOAD_BYTES} bytes of JSON, this has ${size}`,
      );
    return this.transactions.act(call, (client) => this.send(call, runId, { type: body.type, data }, client));
  }

  private async send(
    call: ApiCall,
    runId: string,
    { type, data }: Pick<EventReceived['event'], 'type' | 'data'>,
    client?: pg.ClientBase,
  ): Promise<Answer> {
    const run = await this.runs.load(call.workspaceId, runId, client);
    if (isTerminal(run.status)) throw runStateConflict(run, 'nothing waits for events in it any more');
    const now = Date.now();
    const eventId = toTypeId('evt', eventUuid(call, runId, now));
    const input: EventReceived = {
      type: 'event.received',
      id: `evt:${SOURCE}:${eventId}:${runId}`,
      run_id: runId,
      workspace_id: call.workspaceId,
      at: now,
      event: { id: eventId, type, source: SOURCE, time: new Date(now).toISOString(), data },
    };
    await this.inputs.publish([{ input, traceparent: call.traceparent ?? run.traceparent ?? undefined }]);
    return Answer.json(202, { event_id: eventId });
  }
}

/**
 * With an idempotency key the same request is the same event, also where the gateway died between publishing and noting the answer.
 * The day is in it since keys are free again after one.
 */
function eventUuid({ idempotency }: ApiCall, runId: string, now: number): string {
  if (idempotency === null) return uuid();
  return deriveId(runId, `signal/${idempotency.key}/${Math.floor(now / DAY_MS)}`);
}
