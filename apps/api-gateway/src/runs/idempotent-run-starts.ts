import { Injectable } from '@nestjs/common';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import type { Answer } from '../http/answer.js';
import { RunIntake, type AcceptedRun, type RunRequest } from './run-intake.js';
import { RunRequestsPublisher } from './run-requests.publisher.js';
import { acceptedAnswer } from './run.view.js';

/** Run requests with an idempotency key: each has a transaction of its own, in which key, run and answer are written together. */
@Injectable()
export class IdempotentRunStarts {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly intake: RunIntake,
    private readonly publisher: RunRequestsPublisher,
  ) {}

  /** @throws ApiProblem when the request does not become a run; the key stays free then. */
  async start(call: ApiCall, request: RunRequest): Promise<Answer> {
    const created: AcceptedRun[] = [];
    const answer = await this.transactions.post(call, async (tx) => {
      const [result] = await this.intake.accept(tx.client, call.workspaceId, [request]);
      if (result === undefined || !result.ok) throw result?.problem ?? new Error('The intake has answered nothing');
      created.push(result.run);
      return acceptedAnswer(result.run.row);
    });
    this.publisher.publish(created);
    return answer;
  }
}
