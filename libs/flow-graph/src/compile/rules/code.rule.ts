import { checkModule } from '../../code/check-module.js';
import type { DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

/** The source of a code step is a module that can run by itself and has a function to run. */
export function checkCode({ type, raw, pointer, id }: DraftStep, problems: ProblemList): void {
  const { source } = raw;
  if (type !== 'code' || typeof source !== 'string' || source === '') return;
  for (const message of checkModule(source)) problems.add(`${pointer}/source`, 'invalid_source', message, id);
}
