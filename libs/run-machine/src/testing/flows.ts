import type { FlowPlan } from '@flows/flow-graph';
import { planOf } from './run-driver.js';

/** Short ways to write flows down in tests. */
export const noop = (id: string, more: object = {}) => ({
  id,
  type: 'connector',
  connection: 'bench',
  action: 'noop.run',
  ...more,
});
export const agent = (id: string, more: object = {}) => ({ id, type: 'agent', agent: 'a', ...more });
export const transform = (id: string, output: unknown = id) => ({ id, type: 'transform', output });
export const edge = (from: string, to: string, condition?: string) =>
  condition === undefined ? { from, to } : { from, to, condition };
export const flow = (steps: object[], edges: object[] = [], more: object = {}): FlowPlan =>
  planOf({ ...more, graph: { steps, edges } });
/** Edges from each to the next. */
export const chain = (...ids: string[]) => ids.slice(1).map((to, index) => edge(ids[index] as string, to));
