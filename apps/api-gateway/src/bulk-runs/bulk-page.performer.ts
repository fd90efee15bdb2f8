import { Inject, Injectable } from '@nestjs/common';
import { deriveId, type RunInput } from '@flows/contracts';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { ApiProblem } from '../http/api-problem.js';
import { judgeControl, whyNot } from '../run-control/control-rules.js';
import { loadReplayedRuns, toReplayRequest } from '../run-control/replayed-run.js';
import { controlId, controlInput } from '../run-control/run-controls.service.js';
import { requireRetryable, retryInput } from '../run-control/run-retries.service.js';
import { runStateConflict } from '../run-control/run-state-conflict.js';
import { RunInputsPublisher } from '../runs/run-inputs.publisher.js';
import { RunIntake, type RunRequest } from '../runs/run-intake.js';
import { RunRequestsPublisher } from '../runs/run-requests.publisher.js';
import { withCancelling } from '../runs/run-cancelling.js';
import { filterValues, withRunFilter } from '../runs/run-filter.js';
import type { RunHead } from '../runs/run-waiter.js';
import type { BulkJobRow, BulkRefusal, ClaimedJob } from './bulk-job.js';
import { BulkJobsRepository, jobFilter, type PageOutcome } from './bulk-jobs.repository.js';

const LOAD_PAGE = withCancelling(withRunFilter(readSql(import.meta.url, './load-bulk-page.sql')));
const LOAD_NOTED = withCancelling(readSql(import.meta.url, './load-noted-page.sql'));
const FIND_CAUSED = readSql(import.meta.url, './find-caused.sql');
export const PAGE_SIZE = 200;
/** Payloads may be of 256 KiB each. */
const REPLAYED_TOGETHER = 25;

interface PageRun extends RunHead {
  item_index: number | null;
  traceparent: string | null;
  cancelling: boolean;
  created_key: string;
}
/** What runs are told by an input; a replay makes new ones. */
type ToldAction = Exclude<BulkJobRow['action'], 'replay'>;
type Told = Pick<PageOutcome, 'done' | 'refusals'>;

/**
 * One page of a bulk job, as so many single calls would do it.
 * INVARIANT: a page may be done again after a crash, with the same runs: they are noted before anything is done. Ids of inputs and of
 * new runs are derived from the job and the run, so that what got through the first time changes nothing the second time; and the
 * count of a page is noted once, with the cursor.
 */
@Injectable()
export class BulkPagePerformer {
  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    private readonly inputs: RunInputsPublisher,
    private readonly intake: RunIntake,
    private readonly requests: RunRequestsPublisher,
    private readonly jobs: BulkJobsRepository,
  ) {}

  /** @returns null when somebody else has claimed the job since, and nothing is done. */
  async perform(job: ClaimedJob): Promise<PageOutcome | null> {
    const noted = job.cursor?.page ?? null;
    const runs = noted === null ? await this.loadPage(job) : await this.loadNoted(job, noted);
    const ids = runs.map(({ id }) => id);
    if (noted === null && ids.length > 0 && !(await this.jobs.notePage(job, ids))) return null;
    const last = runs.at(-1);
    const { action } = job;
    const told = action === 'replay' ? await this.replay(job, runs) : await this.tell(job, action, runs);
    return { ...told, after: last === undefined ? null : [last.created_key, last.id], isLast: runs.length < PAGE_SIZE };
  }

  private loadPage(job: BulkJobRow): Promise<PageRun[]> {
    const values = filterValues(job.workspace_id, jobFilter(job));
    const [createdAt, id] = job.cursor?.after ?? [null, null];
    return this.load(job, LOAD_PAGE, [...values, job.id, createdAt, id, PAGE_SIZE]);
  }

  private loadNoted(job: BulkJobRow, ids: readonly string[]): Promise<PageRun[]> {
    return this.load(job, LOAD_NOTED, [job.workspace_id, ids]);
  }

  private load(job: BulkJobRow, text: string, values: unknown[]): Promise<PageRun[]> {
    return inWorkspace(this.pool, job.workspace_id, async (client) => (await client.query<PageRun>(text, values)).rows);
  }

  private async tell(job: BulkJobRow, action: ToldAction, runs: readonly PageRun[]): Promise<Told> {
    const before = await this.findTold(job, action, runs);
    const refusals: BulkRefusal[] = [];
    const messages: { input: RunInput; traceparent: string | undefined }[] = [];
    for (const run of runs) {
      if (before.has(run.id)) continue;
      try {
        const input = inputFor(job, action, run);
        if (input !== null) messages.push({ input, traceparent: run.traceparent ?? undefined });
      } catch (error) {
        refusals.push(refusalOf(run.id, error));
      }
    }
    await this.inputs.publish(messages);
    return { done: runs.length - refusals.length, refusals };
  }

  /** Runs that have taken this job's input already: in a page that is done again, their state must not be judged by what it came to. */
  private async findTold(job: BulkJobRow, action: ToldAction, runs: readonly PageRun[]): Promise<Set<string>> {
    const ids = runs.map(({ id }) => id);
    const inputIds = ids.map((id) => controlId(action, id, job.id));
    const { rows } = await inWorkspace(this.pool, job.workspace_id, (client) =>
      client.query<{ run_id: string }>(FIND_CAUSED, [job.workspace_id, ids, inputIds]),
    );
    return new Set(rows.map(({ run_id }) => run_id));
  }

  private async replay(job: BulkJobRow, runs: readonly PageRun[]): Promise<Told> {
    const refusals: BulkRefusal[] = [];
    for (let from = 0; from < runs.length; from += REPLAYED_TOGETHER) {
      const ids = runs.slice(from, from + REPLAYED_TOGETHER).map(({ id }) => id);
      const results = await inWorkspace(this.pool, job.workspace_id, async (client) => {
        const requests: RunRequest[] = [];
        for (const run of await loadReplayedRuns(client, job.workspace_id, ids)) {
          try {
            const request = toReplayRequest(run, job.options.version ?? 'same', job.actor, undefined);
            requests.push({ ...request, id: deriveId(job.id, run.id) });
          } catch (error) {
            refusals.push(refusalOf(run.id, error));
          }
        }
        const accepted = await this.intake.accept(client, job.workspace_id, requests);
        return accepted.map((result, index) => ({ result, replayOf: requests[index]?.replayOf ?? '' }));
      });
      for (const { result, replayOf } of results) if (!result.ok) refusals.push(refusalOf(replayOf, result.problem));
      this.requests.publish(results.flatMap(({ result }) => (result.ok ? [result.run] : [])));
    }
    return { done: runs.length - refusals.length, refusals };
  }
}

/** Null: what the job asks for is the case already. @throws ApiProblem when the run's state does not allow it. */
function inputFor(job: BulkJobRow, action: ToldAction, run: PageRun): RunInput | null {
  const { workspace_id: workspaceId, actor, options } = job;
  if (action === 'retry') {
    requireRetryable(run);
    return retryInput(workspaceId, run.id, actor, { ...options, expected_seq: run.seq }, job.id);
  }
  const verdict = judgeControl(action, run);
  if (verdict === 'impossible') throw runStateConflict(run, whyNot(action, run));
  if (verdict === 'holds') return null;
  const input = controlInput(action, workspaceId, run.id, actor, options.reason, job.id);
  return input.type === 'control.resume' && options.only !== undefined ? { ...input, only: options.only } : input;
}

function refusalOf(runId: string, error: unknown): BulkRefusal {
  if (!(error instanceof ApiProblem)) throw error;
  return { run_id: runId, code: error.code, message: error.detail };
}
