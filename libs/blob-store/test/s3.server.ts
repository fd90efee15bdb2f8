/**
 * A bucket on loopback: PUT, GET and DELETE of objects, for requests whose signature is right. The signature is worked out here anew
 * from what AWS documents of Signature Version 4, so that it checks the client's and does not repeat it.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

export interface S3Server {
  readonly url: string;
  readonly objects: Map<string, { body: Buffer; contentType: string | undefined }>;
  readonly requests: { method: string; path: string }[];
  /** The status with which the next request is refused. */
  failNext(status: number): void;
  close(): Promise<void>;
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();

export async function startS3Server(credentials: S3Credentials): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map();
  const requests: S3Server['requests'] = [];
  const failures: number[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readAll(request);
      requests.push({ method: request.method!, path: request.url! });
      const failure = failures.shift();
      if (failure !== undefined) return refuse(response, failure, 'SlowDown');
      const wrong = signatureProblem(request, body, credentials);
      if (wrong !== null) return refuse(response, 403, wrong);
      serve(objects, request, response, body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    failNext: (status) => failures.push(status),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(
  objects: S3Server['objects'],
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  switch (method) {
    case 'PUT':
      objects.set(url!, { body, contentType: headers['content-type'] });
      return void response.end();
    case 'GET': {
      const object = objects.get(url!);
      if (object === undefined) return refuse(response, 404, 'NoSuchKey');
      return void response.end(object.body);
    }
    case 'DELETE':
      objects.delete(url!);
      response.writeHead(204);
      return void response.end();
    default:
      refuse(response, 405, 'MethodNotAllowed');
  }
}

/** Null when the request is signed as it must be. */
function signatureProblem(
  request: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey, region }: S3Credentials,
): string | null {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  if (parts === null) return 'MissingSecurityHeader';
  const [, credential, signedHeaders, signature] = parts as unknown as [string, string, string, string];
  const [keyId, date, ...scope] = credential.split('/');
  const at = String(request.headers['x-amz-date']);
  if (keyId !== accessKeyId) return 'InvalidAccessKeyId';
  if (!/^\d{8}T\d{6}Z$/.test(at) || !at.startsWith(date!) || scope.join('/') !== `${region}/s3/aws4_request`)
    return 'AuthorizationHeaderMalformed';
  const names = signedHeaders.split(';');
  for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256']) if (!names.includes(needed)) return 'AccessDenied';
  const bodyHash = String(request.headers['x-amz-content-sha256']);
  if (bodyHash !== 'UNSIGNED-PAYLOAD' && bodyHash !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  if (bodyHash === 'UNSIGNED-PAYLOAD' && body.length > 0) return 'UnsignedBody';
  const url = new URL(request.url!, 'http://host');
  const canonical = [
    request.method,
    url.pathname,
    [...url.searchParams]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    bodyHash,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, [date, ...scope].join('/'), sha256(canonical)].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce((from, part) => hmac(from, part), hmac(`AWS4${secretAccessKey}`, date!));
  const expected = hmac(key, toSign);
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch';
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}
