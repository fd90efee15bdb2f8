import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { decompressLz4 } from './lz4.codec.js';
import { decompressSnappy } from './snappy.codec.js';

interface Encoded {
  buffer: Buffer;
}

const compressZstd = promisify(zstdCompress);
const decompressZstd = promisify(zstdDecompress);

const refuseToWrite = (name: string) => (): Promise<Buffer> =>
  Promise.reject(new Error(`${name} is only read here: compress with gzip or zstd`));

/**
 * kafkajs ships gzip only, and one batch in another codec, from any producer, kills the consumer for good. Here every codec of Kafka can be
 * read; zstd, which Node brings, can be written too.
 */
export const registerCodecs = (): void => {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: Encoded) => compressZstd(buffer),
    decompress: (buffer: Buffer) => decompressZstd(buffer),
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: refuseToWrite('LZ4'),
    decompress: async (buffer: Buffer) => decompressLz4(buffer),
  });
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: refuseToWrite('Snappy'),
    decompress: async (buffer: Buffer) => decompressSnappy(buffer),
  });
};
