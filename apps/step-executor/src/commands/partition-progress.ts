import type { KafkaBatch } from '@flows/kafka';

/**
 * How far the commands of one partition are done. A command finishes long after its batch was taken; the offset is resolved up to the
 * oldest one that is still at work.
 *
 *   offset   10    11    12    13    14
 *            done  done  open  done  open      → 11 is resolved; when 12 is done, 13
 *
 * A list with a head, and no map: what is read ahead makes it long, and each finish must cost the same.
 */
export class PartitionProgress {
  /** In offset order. From `head` on; the first of those is always open. */
  private turns: Turn[] = [];
  private head = 0;
  private batch: KafkaBatch | undefined;

  /**
   * To be called with each batch before its messages begin. What comes again answers for itself from now on: all that is open where the
   * partition was handed out anew from its committed offset, or only the end of it where a batch is repeated. Older ones still count.
   */
  take(batch: KafkaBatch): void {
    this.batch = batch;
    const first = BigInt(batch.messages[0]?.offset ?? '0');
    while (this.turns.length > this.head && BigInt((this.turns.at(-1) as Turn).offset) >= first) this.turns.pop()?.detach();
  }

  begin(offset: string): Turn {
    const turn = new Turn(this, offset);
    this.turns.push(turn);
    return turn;
  }

  get isStale(): boolean {
    return this.batch?.isStale() === true;
  }

  /** To be called by a turn that is done. */
  advance(): void {
    let last: Turn | undefined;
    for (let turn = this.turns[this.head]; turn?.isDone === true; turn = this.turns[this.head]) {
      last = turn;
      this.head += 1;
    }
    if (last === undefined) return;
    if (this.head === this.turns.length || this.head >= 4096) {
      this.turns = this.turns.slice(this.head);
      this.head = 0;
    }
    this.batch?.resolve(last.offset);
  }
}

/** One delivery of one command. */
export class Turn {
  isDone = false;
  private attached = true;

  constructor(
    private readonly progress: PartitionProgress,
    readonly offset: string,
  ) {}

  /** The command need not come again. Twice is harmless. */
  finish(): void {
    if (this.isDone || !this.attached) return;
    this.isDone = true;
    this.progress.advance();
  }

  /** False once the command was handed out anew: this delivery answers for nothing any more. */
  get counts(): boolean {
    return this.attached && !this.progress.isStale;
  }

  detach(): void {
    this.attached = false;
  }
}
