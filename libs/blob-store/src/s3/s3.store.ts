import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { BlobStoreError, checkKey, type BlobStore } from '../blob-store.js';

export interface S3Options {
  bucket: string;
  /** Of all keys, without slashes at its ends; '' for none. */
  prefix: string;
  region: string;
  /** https://host[:port]; the bucket is the first segment of the path, which every S3-compatible store understands. */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** One request, answer included. What is stored has at most some dozens of MiB. */
const TIMEOUT_MS = 30_000;
const MAX_SAID = 300;

/** Blobs as objects of a bucket, in S3 or a store that speaks its protocol. Retries nothing: its callers do. */
export class S3BlobStore implements BlobStore {
  private readonly client: AwsClient;

  constructor(private readonly options: S3Options) {
    const { accessKeyId, secretAccessKey, region } = options;
    this.client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  }

  async put(key: string, bytes: Uint8Array, contentType = 'application/octet-stream'): Promise<void> {
    // The body's hash is part of the signature, so a body that changes on its way is refused.
    const hash = createHash('sha256').update(bytes).digest('hex');
    const headers = { 'content-type': contentType, 'x-amz-content-sha256': hash };
    const response = await this.send('PUT', key, { body: Buffer.from(bytes), headers });
    if (!response.ok) throw await refused('write', response);
    await response.body?.cancel();
  }

  async get(key: string): Promise<Uint8Array | null> {
    const response = await this.send('GET', key);
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    if (!response.ok) throw await refused('read', response);
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw new BlobStoreError(`The blob store broke off: ${(error as Error).message}`, { cause: error });
    }
  }

  async delete(key: string): Promise<void> {
    const response = await this.send('DELETE', key);
    if (!response.ok && response.status !== 404) throw await refused('delete', response);
    await response.body?.cancel();
  }

  private async send(
    method: string,
    key: string,
    init: { body?: Buffer<ArrayBuffer>; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    checkKey(key);
    const { endpoint, bucket, prefix } = this.options;
    const url = `${endpoint}/${bucket}/${prefix === '' ? '' : `${prefix}/`}${key}`;
    try {
      return await this.client.fetch(url, { method, ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? `${message} (${cause.message})` : message;
      throw new BlobStoreError(`The blob store cannot be reached: ${why}`, { cause: error });
    }
  }
}

async function refused(what: string, response: Response): Promise<BlobStoreError> {
  const said = await response.text().catch(() => '');
  const code = /<Code>([^<]{1,100})<\/Code>/.exec(said)?.[1] ?? said.slice(0, MAX_SAID);
  return new BlobStoreError(`The blob store refused to ${what}: ${response.status} ${code}`);
}
