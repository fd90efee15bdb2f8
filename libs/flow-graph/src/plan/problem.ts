import type { FlowPlan } from './flow-plan.js';

/** One thing wrong with a definition. `pointer` is an RFC 6901 pointer as URI fragment, relative to the body (`#/steps/3/input/lead`). */
export interface FlowProblem {
  pointer: string;
  code: string;
  message: string;
  step_id?: string;
}
export type CompileResult =
  { ok: true; plan: FlowPlan; warnings: FlowProblem[] } | { ok: false; problems: FlowProblem[]; warnings: FlowProblem[] };

/** What the workspace has, so that a graph's references can be checked. Absent: references are not checked (the engine's own compile). */
export interface FlowCatalogue {
  /** Agent slug → its schemas. */
  agents: ReadonlyMap<string, { input_schema?: object; output_schema?: object }>;
  /** Connection name → its provider's actions. */
  connections: ReadonlyMap<
    string,
    { provider: string; actions: ReadonlyMap<string, { input_schema?: object; output_schema?: object }> }
  >;
  /** Workflows by id and by name, for `flow` steps. Absent: those are not checked. */
  workflows?: ReadonlyMap<string, { input_schema?: object | boolean }>;
}
