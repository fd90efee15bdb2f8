/**
 * The graph as adjacency lists over step ids, in the order given. Knows nothing of steps' contents.
 *
 *     a ──► b ──► d        drawn edges, and
 *     └─ ─ ─ ─ ► c         fallback edges (`on_error.goto`) alike
 */
export class GraphShape {
  readonly #outgoing = new Map<string, string[]>();
  readonly #incoming = new Map<string, string[]>();
  readonly #ancestors = new Map<string, ReadonlySet<string>>();

  constructor(readonly ids: readonly string[]) {
    for (const id of ids) {
      this.#outgoing.set(id, []);
      this.#incoming.set(id, []);
    }
  }

  /** Both ends must be among the ids. */
  join(from: string, to: string): void {
    this.#outgoing.get(from)?.push(to);
    this.#incoming.get(to)?.push(from);
    this.#ancestors.clear();
  }

  has(id: string): boolean {
    return this.#outgoing.has(id);
  }

  outgoing(id: string): readonly string[] {
    return this.#outgoing.get(id) ?? [];
  }

  incoming(id: string): readonly string[] {
    return this.#incoming.get(id) ?? [];
  }

  /** All steps from which `id` can be reached, without itself (unless it lies on a cycle). Cached until the next `join`. */
  ancestors(id: string): ReadonlySet<string> {
    const known = this.#ancestors.get(id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const open = [...this.incoming(id)];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      open.push(...this.incoming(at));
    }
    this.#ancestors.set(id, found);
    return found;
  }

  /** What an expression at this step may refer to; everything where the step is not known, so that one mistake is not told twice. */
  upstreamOf(id: string | null): ReadonlySet<string> {
    return id !== null && this.has(id) ? this.ancestors(id) : new Set(this.ids);
  }

  /** All steps that can be reached from the given ones, them included. */
  reachableFrom(starts: readonly string[]): ReadonlySet<string> {
    const found = new Set<string>();
    const open = [...starts];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      open.push(...this.outgoing(at));
    }
    return found;
  }

  /** Every step after all its sources, else in the order given; steps on cycles and behind them are missing. */
  topologicalOrder(): string[] {
    const open = new Map(this.ids.map((id) => [id, this.incoming(id).length]));
    const ready = this.ids.filter((id) => open.get(id) === 0);
    const order: string[] = [];
    for (let head = 0; head < ready.length; head += 1) {
      const id = ready[head] as string;
      order.push(id);
      for (const to of this.outgoing(id)) {
        const left = (open.get(to) ?? 0) - 1;
        open.set(to, left);
        if (left === 0) ready.push(to);
      }
    }
    return order;
  }

  /** One cycle through the given step, as the steps on it from `id` on, or null. Shortest, so that the message is short. */
  cycleThrough(id: string): string[] | null {
    const cameFrom = new Map<string, string>();
    const open = [id];
    for (let head = 0; head < open.length; head += 1) {
      const at = open[head] as string;
      for (const to of this.outgoing(at)) {
        if (to === id) {
          const path = [at];
          for (let step = at; step !== id;) {
            step = cameFrom.get(step) as string;
            path.unshift(step);
          }
          return path;
        }
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, at);
        open.push(to);
      }
    }
    return null;
  }
}
