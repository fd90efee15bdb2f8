/**
 * Places at which a test makes the process die, throw or wait, in code that is otherwise the product's own.
 * Owns the armed set of this process; nothing is armed unless `armFailpoints` was called, which only `runService` does from FAILPOINTS.
 */
import type { FailpointName } from './failpoint-names.js';
import type { FailpointAction, FailpointSpec } from './failpoint-spec.js';

let armed: Map<FailpointName, FailpointSpec[]> | undefined;
const passages = new Map<FailpointName, number>();

export class FailpointError extends Error {
  override readonly name = 'FailpointError';
}

/** Replaces what is armed and starts counting anew; an empty list disarms. */
export function armFailpoints(specs: readonly FailpointSpec[]): void {
  passages.clear();
  armed = specs.length === 0 ? undefined : Map.groupBy(specs, (spec) => spec.name);
}

/** One comparison and no promise while nothing is armed: it may stand on the hot path. */
export function failpoint(name: FailpointName): Promise<void> | void {
  if (armed === undefined) return;
  const specs = armed.get(name);
  if (specs === undefined) return;
  const passage = (passages.get(name) ?? 0) + 1;
  passages.set(name, passage);
  const due = specs.find((spec) => spec.passage === undefined || spec.passage === passage);
  if (due !== undefined) return act(name, due.action);
}

async function act(name: FailpointName, action: FailpointAction): Promise<void> {
  switch (action.type) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // The signal ends the process before this wait does; nothing after the failpoint may run.
      return new Promise(() => undefined);
    case 'throw':
      throw new FailpointError(`failpoint ${name}`);
    case 'sleep':
      return new Promise((resolve) => setTimeout(resolve, action.ms));
  }
}
