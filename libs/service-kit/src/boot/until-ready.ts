import { runChecks } from '../health/health-checks.js';
import type { ManagementState } from '../health/management-server.js';
import type { Logger } from '../logging/create-logger.js';

const POLL_MS = 200;
const REMIND_MS = 5_000;

/** Waits until every readiness check passes, for as long as it takes: services start in any order. Says now and then what it waits for. */
export async function untilReady(state: ManagementState, logger: Logger): Promise<void> {
  state.phase = 'running';
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const { ok, checks } = await runChecks(state.readiness);
    if (ok) return;
    if (waitedMs % REMIND_MS === 0) logger.warn({ checks }, 'waiting to become ready');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
