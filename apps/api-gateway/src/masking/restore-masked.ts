import { isSecretName, MASK } from '@flows/connectors';
import type { GraphDefinition, JsonValue, StepDefinition } from '@flows/contracts';

/**
 * A graph that somebody read (secrets masked), edited and sends back: where the mask stands, the secret that it stood for is
 * put back, step by step by id. Otherwise every edit in an editor would destroy every secret.
 */
export function restoreMasked(graph: GraphDefinition, previous: GraphDefinition): GraphDefinition {
  const before = new Map(previous.steps.map((step) => [step.id, step]));
  const steps = graph.steps.map(
    (step) => restore(step as never, (before.get(step?.id) ?? null) as never) as unknown as StepDefinition,
  );
  return { ...graph, steps };
}

function restore(value: JsonValue, before: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || before === null || typeof before !== 'object') return value;
  if (Array.isArray(value))
    return Array.isArray(before) ? value.map((member, index) => restore(member, before[index] ?? null)) : value;
  if (Array.isArray(before)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const old = Object.hasOwn(before, key) ? (before[key] as JsonValue) : null;
      return [key, isSecretName(key) && member === MASK && old !== null ? old : restore(member, old)];
    }),
  );
}
