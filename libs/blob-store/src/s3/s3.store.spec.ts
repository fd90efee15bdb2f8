import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeBlobStore } from '../../test/blob-store.suite.js';
import { startS3Server, type S3Server } from '../../test/s3.server.js';
import { openBlobStore } from '../open-blob-store.js';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
};
const open = (server: S3Server, changes: object = {}) =>
  openBlobStore({ url: `s3://bucket/some/prefix?region=eu-central-1&endpoint=${server.url}`, ...credentials, ...changes });

describeBlobStore('a bucket', async () => {
  const server = await startS3Server(credentials);
  return { store: open(server), close: () => server.close() };
});

describe('a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server(credentials);
  });
  afterAll(() => server.close());

  it('holds objects under its prefix, with their type', async () => {
    await open(server).put('a/b', Buffer.from('{}'), 'application/json');
    expect(server.objects.get('/bucket/some/prefix/a/b')).toEqual({ body: Buffer.from('{}'), contentType: 'application/json' });
  });

  it('refuses who has another secret', async () => {
    await expect(open(server, { secretAccessKey: 'wrong' }).put('a', Buffer.from('x'))).rejects.toThrow(
      'The blob store refused to write: 403 SignatureDoesNotMatch',
    );
  });

  it('is asked once: retries are the caller’s', async () => {
    const before = server.requests.length;
    server.failNext(503);
    await expect(open(server).get('a')).rejects.toThrow('refused to read: 503 SlowDown');
    expect(server.requests).toHaveLength(before + 1);
  });

  it('that cannot be reached is named so', async () => {
    const gone = await startS3Server(credentials);
    await gone.close();
    await expect(open(gone).get('a')).rejects.toThrow('The blob store cannot be reached');
  });
});

describe('openBlobStore', () => {
  it.each([
    ['https://host/bucket', credentials, 'must be file:///folder or s3://'],
    ['s3://bucket', {}, 'BLOB_STORE_ACCESS_KEY_ID'],
    ['s3://bucket?endpoint=ftp://x', credentials, 'endpoint'],
  ])('refuses %s', (url, keys, words) => {
    expect(() => openBlobStore({ url, ...keys })).toThrow(words);
  });
});
