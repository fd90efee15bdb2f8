/** Reads the primitives of the Kafka protocol from one buffer, front to back, without intermediate buffers. */
export class ByteReader {
  at = 0;

  constructor(readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    return this.bytes.readInt8(this.advance(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.advance(8));
  }

  /** Text behind a 16-bit length. */
  string(): string {
    const length = this.int16();
    return this.bytes.toString('utf8', this.advance(length), this.at);
  }

  /** Zigzag varint of 32 bits. */
  varInt(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte & 0x80; shift += 7) {
      byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Zigzag varint of up to 53 bits, which hold every time there will be. */
  varLong(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let weight = 0x80; byte & 0x80; weight *= 0x80) {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * weight;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes behind a varint length, shared with the buffer; null for length -1. */
  varBytes(): Buffer | null {
    const length = this.varInt();
    if (length < 0) return null;
    const start = this.advance(length);
    return this.bytes.subarray(start, this.at);
  }

  /** Text behind a varint length; null for length -1. */
  varText(): string | null {
    const length = this.varInt();
    if (length < 0) return null;
    return this.bytes.toString('utf8', this.advance(length), this.at);
  }

  /** Bytes behind a 32-bit length. */
  sized(length: number): ByteReader {
    const start = this.advance(length);
    return new ByteReader(this.bytes.subarray(start, this.at));
  }

  array<T>(readOne: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let index = 0; index < length; index += 1) items.push(readOne());
    return items;
  }

  private advance(length: number): number {
    const start = this.at;
    this.at = start + length;
    if (this.at > this.bytes.length || length < 0)
      throw new RangeError(`Malformed Kafka data: ${length} bytes wanted at ${start} of ${this.bytes.length}`);
    return start;
  }
}
