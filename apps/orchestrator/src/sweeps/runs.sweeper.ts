import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type { RunInput, RunStatus, Topics } from '@flows/contracts';
import type { KafkaProducerPort } from '@flows/kafka';
import { readSql, toRunRequested, type RunRequestRow } from '@flows/postgres';
import { RUN_TIMEOUT_TIMER } from '@flows/run-machine';
import { ENGINE_POOL, PRODUCER, TOPICS } from '../orchestrator.tokens.js';
import { inputMessage } from '../publish/input-message.js';
import { PollLoop } from './poll-loop.js';

const CLAIM_SILENT = readSql(import.meta.url, './sql/claim-silent-runs.sql');
const CLAIM_EXPIRED = readSql(import.meta.url, './sql/claim-expired-runs.sql');
const BATCH = 500;
const INTERVAL_MS = 2_000;

/**
 * Looks after runs that show no sign of life, which happens only when Kafka has lost something or a process died between a
 * commit and its publish: queued runs are published again, open attempts are commanded again under the same attempt id,
 * runs past their time-out are told so.
 */
@Injectable()
export class RunsSweeper extends PollLoop {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_LOGGER) logger: Logger,
  ) {
    super('silent runs', INTERVAL_MS, logger);
  }

  protected async poll(): Promise<'more' | 'idle'> {
    const silent = await this.pool.query<SilentRun>({ name: 'claim-silent-runs', text: CLAIM_SILENT, values: [BATCH] });
    const expired = await this.pool.query<RunRow>({ name: 'claim-expired-runs', text: CLAIM_EXPIRED, values: [BATCH] });
    const messages = [
      ...silent.rows.map((run) => inputMessage(this.topics, revive(run), run.traceparent)),
      ...expired.rows.map((run) => inputMessage(this.topics, timeOut(run), run.traceparent)),
    ];
    if (messages.length === 0) return 'idle';
    await this.producer.publish(messages);
    if (silent.rows.length > 0) this.logger.info({ runs: silent.rows.length }, 'runs without a sign of life were taken up again');
    return silent.rows.length === BATCH ? 'more' : 'idle';
  }
}

function revive(run: SilentRun): RunInput {
  if (run.status === 'queued') return toRunRequested(run, run.now);
  const at = Math.round(run.now);
  return { type: 'run.nudged', id: `ndg:${run.run_id}:${at}`, run_id: run.run_id, workspace_id: run.workspace_id, at };
}

function timeOut(run: RunRow): RunInput {
  return {
    type: 'timer.fired',
    id: `tmr:${run.run_id}:${RUN_TIMEOUT_TIMER}`,
    run_id: run.run_id,
    workspace_id: run.workspace_id,
    at: Math.round(run.now),
    timer_id: RUN_TIMEOUT_TIMER,
  };
}

interface RunRow {
  run_id: string;
  workspace_id: string;
  traceparent: string | null;
  now: number;
}
type SilentRun = RunRow & RunRequestRow & { status: RunStatus };
