import { toTypeId, type RunStatus } from '@flows/contracts';
import { ApiProblem } from '../http/api-problem.js';

/** The action does not fit the state of the run. `run_status` is the present one (`status` is the HTTP number, by RFC 9457). */
export function runStateConflict(run: { id: string; status: RunStatus }, why: string): ApiProblem {
  return new ApiProblem('run_state_conflict', `Run ${toTypeId('run', run.id)} is ${run.status}: ${why}`, {
    extensions: { run_status: run.status },
  });
}
