/** Ids and names of workflows that the flow steps of a definition name, those in loops too. Total over any JSON: the definition is unchecked. */
export function namedWorkflows(definition: unknown): string[] {
  const names = new Set<string>();
  collect((definition as { graph?: unknown } | null)?.graph, names);
  return [...names];
}

function collect(graph: unknown, names: Set<string>): void {
  const steps = (graph as { steps?: unknown } | null | undefined)?.steps;
  if (!Array.isArray(steps)) return;
  for (const step of steps as unknown[]) {
    if (step === null || typeof step !== 'object') continue;
    const { type, workflow, graph: body } = step as { type?: unknown; workflow?: unknown; graph?: unknown };
    if (type === 'flow' && typeof workflow === 'string') names.add(workflow);
    if (type === 'foreach') collect(body, names);
  }
}
