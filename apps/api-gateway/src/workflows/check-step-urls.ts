import { checkUrl, type AllowedRanges } from '@flows/connectors';
import type { FlowDefinition } from '@flows/contracts';
import type { FlowProblem } from '@flows/flow-graph';

/** Scheme and host of a URL, where both stand there literally. */
const LITERAL_ORIGIN = /^https?:\/\/[^/?#]+/i;

/**
 * Addresses that http steps must not call, as far as they are certain before any run: those that are written down. What an expression
 * yields, and what a name resolves to, is checked when the step calls it.
 */
export function checkStepUrls(definition: FlowDefinition, pointerBase: string, allowed: AllowedRanges): FlowProblem[] {
  return checkGraph(definition.graph, pointerBase, allowed);
}

function checkGraph(graph: unknown, pointer: string, allowed: AllowedRanges): FlowProblem[] {
  const steps = (graph as { steps?: unknown } | null | undefined)?.steps;
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, index): FlowProblem[] => {
    if (step === null || typeof step !== 'object') return [];
    const { type, url, id, graph: inner } = step as Record<string, unknown>;
    const at = `${pointer}/steps/${index}`;
    if (type === 'foreach') return checkGraph(inner, `${at}/graph`, allowed);
    const origin = type === 'http' && typeof url === 'string' ? LITERAL_ORIGIN.exec(url)?.[0] : undefined;
    if (origin === undefined || origin.includes('${')) return [];
    const check = checkUrl(origin, allowed);
    if (check.ok) return [];
    return [
      { pointer: `${at}/url`, code: check.code, message: check.reason, ...(typeof id === 'string' ? { step_id: id } : {}) },
    ];
  });
}
