import type { GraphShape } from './graph-shape.js';
import type { KnownData } from './known-data.js';

/** What the expressions of one graph see of steps: its own, and from inside a foreach step also the outer ones, unless shadowed. */
export class GraphScope {
  constructor(
    readonly shape: GraphShape,
    readonly known: KnownData,
    /** The steps that run only when the run is cancelled. */
    readonly cleanup: ReadonlySet<string>,
    readonly outer: OuterScope | null,
  ) {}

  /**
   * The steps of this graph that may have settled when an expression at a step is evaluated. A cleanup step begins whenever the run is
   * cancelled: it may refer to every step that is none, and finds what has settled by then.
   */
  upstreamOf(id: string | null): ReadonlySet<string> {
    const ancestors = this.shape.upstreamOf(id);
    return id !== null && this.cleanup.has(id) ? new Set([...ancestors, ...this.#normal()]) : ancestors;
  }

  /** Of the run's output: every step of a normal end. */
  upstreamOfEnd(): ReadonlySet<string> {
    return this.#normal();
  }

  /** Finds a step around this graph, the nearest first, and notes at every graph on the way that its body reads it. */
  readOuter(id: string): 'read' | { readonly notUpstreamOf: string | null } | 'unknown' {
    const crossed: OuterScope[] = [];
    for (let at = this.outer; at !== null; at = at.scope.outer) {
      crossed.push(at);
      if (!at.scope.shape.has(id)) continue;
      if (!at.upstream.has(id)) return { notUpstreamOf: at.foreachId };
      for (const { read } of crossed) read.add(id);
      return 'read';
    }
    return 'unknown';
  }

  /** For an expression that may read any step: notes all that it can reach. */
  readAllOuter(): void {
    const shadowed = new Set(this.shape.ids);
    const crossed: OuterScope[] = [];
    for (let at = this.outer; at !== null; at = at.scope.outer) {
      crossed.push(at);
      for (const id of at.upstream) if (!shadowed.has(id)) for (const { read } of crossed) read.add(id);
      for (const id of at.scope.shape.ids) shadowed.add(id);
    }
  }

  #normal(): Set<string> {
    return new Set(this.shape.ids.filter((id) => !this.cleanup.has(id)));
  }
}

/** The surroundings of a foreach step's graph. */
export interface OuterScope {
  readonly scope: GraphScope;
  readonly foreachId: string | null;
  /** What is upstream of the foreach step. */
  readonly upstream: ReadonlySet<string>;
  /** Filled with the steps outside of the body that it reads. */
  readonly read: Set<string>;
}
