import type { FlowDefinition, GraphDefinition } from '@flows/contracts';

/** What a request may say of a version; absent: as it was, null: none. */
export interface DefinitionChange {
  input_schema?: Record<string, unknown> | boolean | null;
  inputs?: Record<string, unknown> | null;
  output?: unknown;
  settings?: object | null;
  graph?: GraphDefinition;
}

const PARTS = ['input_schema', 'inputs', 'output', 'settings', 'graph'] as const;
export const EMPTY_GRAPH: GraphDefinition = { steps: [], edges: [] };

export function changeDefinition(definition: FlowDefinition, change: DefinitionChange): FlowDefinition {
  const changed: Record<string, unknown> = { ...definition };
  for (const part of PARTS) {
    if (change[part] === undefined) continue;
    if (change[part] === null) delete changed[part];
    else changed[part] = change[part];
  }
  return changed as unknown as FlowDefinition;
}

/** Which parts of a version a request sets. */
export function changedParts(change: DefinitionChange): string[] {
  return PARTS.filter((part) => change[part] !== undefined);
}
