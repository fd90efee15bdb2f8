import { fileURLToPath } from 'node:url';
import type { BlobStore } from './blob-store.js';
import { FilesystemBlobStore } from './filesystem/filesystem.store.js';
import { S3BlobStore, type S3Options } from './s3/s3.store.js';

export interface BlobStoreSettings {
  /** file:///folder, or s3://bucket/prefix?region=…&endpoint=https://… */
  url: string;
  /** For s3. */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
}

/** Opens no connection: what is wrong with the place shows at the first use. @throws Error that says what is wrong with the settings. */
export function openBlobStore(settings: BlobStoreSettings): BlobStore {
  const url = URL.parse(settings.url);
  switch (url?.protocol) {
    case 'file:':
      return new FilesystemBlobStore(fileURLToPath(url));
    case 's3:':
      return new S3BlobStore(s3OptionsOf(url, settings));
    default:
      throw new Error('BLOB_STORE_URL must be file:///folder or s3://bucket/prefix?region=…&endpoint=https://…');
  }
}

function s3OptionsOf(url: URL, { accessKeyId, secretAccessKey }: BlobStoreSettings): S3Options {
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('A blob store in S3 needs BLOB_STORE_ACCESS_KEY_ID and BLOB_STORE_SECRET_ACCESS_KEY');
  const region = url.searchParams.get('region') ?? 'us-east-1';
  const endpoint = URL.parse(url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`);
  if (endpoint === null || !['http:', 'https:'].includes(endpoint.protocol))
    throw new Error('The endpoint of BLOB_STORE_URL must be an http or https URL');
  if (url.hostname === '') throw new Error('BLOB_STORE_URL names no bucket: s3://bucket/prefix');
  return {
    bucket: url.hostname,
    prefix: url.pathname.replace(/^\/+|\/+$/g, ''),
    region,
    endpoint: `${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}`,
    accessKeyId,
    secretAccessKey,
  };
}
