interface Entry<T> {
  at: number;
  tie: number;
  value: T;
}

/** A heap of what is to happen, by time and then by a drawn number: what falls on one moment happens in a drawn order. */
export class TimeHeap<T> {
  private readonly entries: Entry<T>[] = [];

  get size(): number {
    return this.entries.length;
  }

  get nextAt(): number | null {
    return this.entries[0]?.at ?? null;
  }

  push(at: number, tie: number, value: T): void {
    const { entries } = this;
    let index = entries.length;
    const entry = { at, tie, value };
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, entries[parent] as Entry<T>)) break;
      entries[index] = entries[parent] as Entry<T>;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): { at: number; value: T } | undefined {
    const { entries } = this;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1] as Entry<T>, entries[child] as Entry<T>)) child += 1;
      if (!isBefore(entries[child] as Entry<T>, last)) break;
      entries[index] = entries[child] as Entry<T>;
      index = child;
    }
    entries[index] = last;
    return first;
  }
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
