import type { KafkaBatch } from '@flows/kafka';

/**
 * How far the commands of one partition are done. A command finishes long after its batch was taken; the offset is resolved up to the
 * oldest one that is still at work.
 *
 *   offset   10    11    12    13    14
 *            done  done  open  done  open      → 11 is resolved; when 12 is done, 13
 */
export class PartitionProgress {
  /** In offset order; whether it is done. The first is always open. */
  private open = new Map<bigint, boolean>();
  private batch: KafkaBatch | undefined;

  /** To be called with each batch before its messages begin. */
  take(batch: KafkaBatch): void {
    this.batch = batch;
    const [oldest] = this.open.keys();
    // Everything that is open comes again: the partition was handed out anew from its committed offset, and what is at work from before
    // answers for its new delivery only. A batch behind the oldest one is a mere repetition, and the oldest still counts.
    if (oldest !== undefined && BigInt(batch.messages[0]?.offset ?? '0') <= oldest) this.open = new Map();
  }

  /** @returns what to call when the command at this offset need not come again; twice is harmless. */
  begin(offset: string): () => void {
    const { open } = this;
    const key = BigInt(offset);
    open.set(key, false);
    return () => {
      if (!open.has(key)) return;
      open.set(key, true);
      const resolvable = takeDone(open);
      if (resolvable !== undefined && open === this.open) this.batch?.resolve(String(resolvable));
    };
  }
}

function takeDone(open: Map<bigint, boolean>): bigint | undefined {
  let last: bigint | undefined;
  for (const [offset, done] of open) {
    if (!done) break;
    open.delete(offset);
    last = offset;
  }
  return last;
}
