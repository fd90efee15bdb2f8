import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ActionError } from '../errors/action-error.js';

export const MAX_BODY_BYTES = 1024 * 1024;

const DECODERS: Record<string, () => NodeJS.ReadWriteStream & Readable> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The whole body as UTF-8 text, read no further than 1 MiB after decoding, so that neither an endless body nor a small one that
 * unpacks to a huge one takes memory. The request asks for no encoding; a server that encodes all the same is understood.
 */
export async function readBody(body: Readable, encoding: string | undefined, host: string): Promise<string> {
  const decoder = encoding === undefined || encoding === 'identity' ? null : decoderOf(encoding, host);
  const source: Readable = decoder === null ? body : body.on('error', (error) => decoder.destroy(error)).pipe(decoder);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw tooLarge(host);
      chunks.push(chunk);
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function decoderOf(encoding: string, host: string): NodeJS.ReadWriteStream & Readable {
  const create = DECODERS[encoding.trim().toLowerCase()];
  if (create !== undefined) return create();
  throw new ActionError(
    {
      code: 'unsupported_encoding',
      message: `${host} answered in the encoding "${encoding}"`,
      class: 'non_retryable',
      origin: 'provider',
    },
    { effectUnknown: true },
  );
}

function tooLarge(host: string): ActionError {
  return new ActionError(
    { code: 'response_too_large', message: `${host} answered with more than 1 MiB`, class: 'non_retryable', origin: 'provider' },
    { effectUnknown: true },
  );
}
