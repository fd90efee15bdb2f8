/** Grows with what a decompressor writes and lets it copy from what it has written, as LZ77 does. */
export class OutputBuffer {
  private bytes: Buffer;
  private length = 0;

  constructor(expectedBytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(64, expectedBytes));
  }

  append(source: Buffer, start: number, end: number): void {
    if (end > source.length) throw new RangeError('Compressed data ends early');
    this.reserve(end - start);
    this.length += source.copy(this.bytes, this.length, start, end);
  }

  /** Repeats what stands `distance` bytes back; source and target may overlap, which repeats a pattern. */
  repeat(distance: number, length: number): void {
    let from = this.length - distance;
    if (distance === 0 || from < 0) throw new RangeError('Compressed data refers to before its beginning');
    this.reserve(length);
    const { bytes } = this;
    let at = this.length;
    if (distance >= length) bytes.copyWithin(at, from, from + length);
    else for (const end = at + length; at < end; at += 1, from += 1) bytes[at] = bytes[from]!;
    this.length += length;
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
