import { Inject, Injectable } from '@nestjs/common';
import type { Topics } from '@flows/contracts';
import type { KafkaProducerPort } from '@flows/kafka';
import { toRunRequested } from '@flows/postgres';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { PRODUCER, TOPICS } from '../orchestrator.tokens.js';
import { inputMessage } from '../publish/input-message.js';
import { PollLoop, type PollOutcome } from '../sweeps/poll-loop.js';
import { ADMISSION_LIMITS } from './admission-limits.js';
import { AdmissionStore } from './admission.store.js';

const IDLE_MS = 250;
/** With a backlog: how long a place that became free stays empty. */
const BACKLOG_MS = 50;
/** A backlog of full lanes may stand for days: looking at it in vain takes a tenth of the time at most, in pauses up to the idle one. */
const PAUSE_PER_VAIN_MS = 10;

/**
 * Starts queued runs that could not start where they were accepted: their workflow limits its concurrency, or their workspace has its
 * share under way. First the rows, then the requests; what dies in between, the sweep publishes.
 */
@Injectable()
export class Admitter extends PollLoop {
  constructor(
    private readonly store: AdmissionStore,
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_LOGGER) logger: Logger,
  ) {
    super('runs to admit', IDLE_MS, logger);
  }

  protected async poll(): Promise<PollOutcome> {
    if (!(await this.store.hasBacklog())) return 'idle';
    const begin = performance.now();
    const admitted = await this.store.admit();
    if (admitted === null) return 'idle';
    if (admitted.length === 0) return { againInMs: pauseAfterVain(performance.now() - begin) };
    await failpoint('orchestrator.admitted_before_publish');
    await this.producer.publish(admitted.map((run) => inputMessage(this.topics, toRunRequested(run, run.now), run.traceparent)));
    return admitted.length < ADMISSION_LIMITS.batch ? { againInMs: BACKLOG_MS } : 'more';
  }
}

function pauseAfterVain(tookMs: number): number {
  return Math.min(IDLE_MS, Math.max(BACKLOG_MS, PAUSE_PER_VAIN_MS * tookMs));
}
