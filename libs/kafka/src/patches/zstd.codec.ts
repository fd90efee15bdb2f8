import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * kafkajs ships gzip only, and one batch in another codec kills the consumer for good. Node has zstd built in; for Snappy and LZ4 set
 * `compression.type` of the topic to `zstd` or `gzip`, then the broker recompresses what producers send.
 */
export const registerZstd = (): void => {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer),
    decompress: (buffer: Buffer) => decompress(buffer),
  });
};
