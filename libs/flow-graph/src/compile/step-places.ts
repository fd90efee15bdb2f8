import type { DraftGraph } from './draft-graph.js';

/** In which graphs of a definition a step id occurs: so that a wrong end says "that step is in another graph", not "there is none". */
export class StepPlaces {
  readonly #graphs = new Map<string, DraftGraph>();

  constructor(graphs: readonly DraftGraph[]) {
    for (const graph of graphs) {
      for (const { id } of graph.steps) {
        if (id !== null && !this.#graphs.has(id)) this.#graphs.set(id, graph);
      }
    }
  }

  /** A sentence on a step that is not in the graph at hand. */
  missing(id: string): string {
    const shown = `"${id.slice(0, 80)}"`;
    const graph = this.find(id);
    if (graph === undefined) return `There is no step ${shown}`;
    return `There is no step ${shown} in this graph, it is in ${graph.pointer}; nothing leads into or out of the graph of a foreach step`;
  }

  /** The first graph that has such a step. */
  find(id: string): DraftGraph | undefined {
    return this.#graphs.get(id);
  }
}
