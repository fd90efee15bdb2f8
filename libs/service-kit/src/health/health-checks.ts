/**
 * What stands between this process and "ready": named checks, run together, each with a deadline.
 * Owns the phase of the service; refuses to cache results: a probe asks the parts, not yesterday's answer.
 */
export type Check = () => Promise<unknown> | boolean | void;
export type Checks = Readonly<Record<string, Check>>;

export interface CheckReport {
  readonly ok: boolean;
  /** "ok" or the reason, by check. */
  readonly checks: Readonly<Record<string, string>>;
}

const CHECK_DEADLINE_MS = 2_000;

/** A check fails by throwing, by answering false, or by not answering within two seconds. */
export async function runChecks(checks: Checks): Promise<CheckReport> {
  const results = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const));
  return { ok: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

async function runCheck(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_DEADLINE_MS} ms`), CHECK_DEADLINE_MS);
  });
  const answer = (async () => ((await check()) === false ? 'failed' : 'ok'))().catch(reasonOf);
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  // Node reports a refused connection to several addresses as an AggregateError without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
