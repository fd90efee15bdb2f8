/**
 * Tracks messages of one partition that finish out of order, and tells how far all of them are done: an offset may be resolved only when
 * nothing before it is still at work. Drop the window when the partition is revoked.
 */
export class OffsetWindow {
  /** In offset order, since messages begin in the order they arrive. */
  private readonly open = new Map<string, boolean>();

  /** Offsets must begin in ascending order. */
  begin(offset: string): void {
    this.open.set(offset, false);
  }

  /** The offset to resolve now, or undefined when an older message is still at work. Finishing twice is harmless. */
  finish(offset: string): string | undefined {
    if (!this.open.has(offset)) return undefined;
    this.open.set(offset, true);
    let resolvable: string | undefined;
    for (const [candidate, finished] of this.open) {
      if (!finished) break;
      this.open.delete(candidate);
      resolvable = candidate;
    }
    return resolvable;
  }

  get size(): number {
    return this.open.size;
  }
}
