import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Topics } from '@flows/contracts';
import type { KafkaProducerPort } from '@flows/kafka';
import { readSql } from '@flows/postgres';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { ENGINE_POOL, PRODUCER, TOPICS } from '../orchestrator.tokens.js';
import { PollLoop } from '../sweeps/poll-loop.js';
import { inputMessage } from '../publish/input-message.js';

const CLAIM_DUE = readSql(import.meta.url, './sql/claim-due-timers.sql');
const BATCH = 1_000;
const INTERVAL_MS = 100;

/**
 * Fires what is due, as inputs. A claimed row stays until the run has folded its firing, and can be claimed again after
 * 30 s: a firing that got lost is fired again, one that comes twice is ignored.
 */
@Injectable()
export class TimersPoller extends PollLoop {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_LOGGER) logger: Logger,
  ) {
    super('timers', INTERVAL_MS, logger);
  }

  protected async poll(): Promise<'more' | 'idle'> {
    const due = await this.pool.query<DueTimer>({ name: 'claim-due-timers', text: CLAIM_DUE, values: [BATCH] });
    if (due.rows.length === 0) return 'idle';
    await failpoint('orchestrator.timer_before_publish');
    await this.producer.publish(
      due.rows.map((row) =>
        inputMessage(
          this.topics,
          {
            type: 'timer.fired',
            id: `tmr:${row.run_id}:${row.timer_id}`,
            run_id: row.run_id,
            workspace_id: row.workspace_id,
            at: Math.round(row.now),
            timer_id: row.timer_id,
          },
          row.traceparent,
        ),
      ),
    );
    await failpoint('orchestrator.timer_after_publish');
    return due.rows.length === BATCH ? 'more' : 'idle';
  }
}

interface DueTimer {
  run_id: string;
  timer_id: string;
  workspace_id: string;
  now: number;
  traceparent: string | null;
}
