import { parseDurationMs } from '@flows/contracts';
import { isRecord, type DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

/** Bounds on durations that are well-formed: what the timers and the executors can keep. */
const DAY_MS = 86_400_000;
const MAX_ATTEMPT_MS = DAY_MS;
const MAX_CODE_ATTEMPT_MS = 60_000;
const MAX_TIMER_MS = 366 * DAY_MS;

export function checkDurations({ type, raw, pointer, id }: DraftStep, problems: ProblemList): void {
  const check = (holder: unknown, at: string, key: string, maxMs: number, minMs: number): void => {
    if (isRecord(holder)) checkDuration(holder[key], `${at}/${key}`, key, maxMs, minMs, problems, id);
  };
  check(raw, pointer, 'timeout', type === 'code' ? MAX_CODE_ATTEMPT_MS : MAX_ATTEMPT_MS, 1);
  check(raw, pointer, 'for', MAX_TIMER_MS, 0);
  check(raw, pointer, 'due', MAX_TIMER_MS, 1);
  check(raw['approval'], `${pointer}/approval`, 'due', MAX_TIMER_MS, 1);
  check(raw['event'], `${pointer}/event`, 'timeout', MAX_TIMER_MS, 1);
  check(raw['event'], `${pointer}/event`, 'since', MAX_TIMER_MS, 0);
  check(raw['retry'], `${pointer}/retry`, 'initial_interval', MAX_TIMER_MS, 0);
  check(raw['retry'], `${pointer}/retry`, 'max_interval', MAX_TIMER_MS, 0);
  check(raw['retry'], `${pointer}/retry`, 'max_elapsed', MAX_TIMER_MS, 1);
}

export function checkRunTimeout(value: unknown, pointer: string, problems: ProblemList): void {
  checkDuration(value, pointer, 'timeout', MAX_TIMER_MS, 1, problems, null);
}

/** Texts that are no durations are the shape's to report. */
function checkDuration(
  value: unknown,
  pointer: string,
  name: string,
  maxMs: number,
  minMs: number,
  problems: ProblemList,
  stepId: string | null,
): void {
  const ms = typeof value === 'string' ? parseDurationMs(value) : null;
  if (ms === null || (ms >= minMs && ms <= maxMs)) return;
  const limit = ms < minMs ? 'must be longer than nothing' : `may be at most ${words(maxMs)}`;
  problems.add(pointer, 'invalid_duration', `"${name}" ${limit}`, stepId);
}

function words(ms: number): string {
  if (ms < DAY_MS) return `${ms / 1_000} seconds`;
  return ms === DAY_MS ? '1 day' : `${ms / DAY_MS} days`;
}
