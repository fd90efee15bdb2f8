import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { provideKafkaJars, type KafkaJarsLock } from './kafka-jars.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('provideKafkaJars', () => {
  const lock: KafkaJarsLock = {
    version: '0.0.1',
    jars: [
      { coordinates: 'org.example:first:1.0', sha256: sha256('the first jar') },
      { coordinates: 'org.example.deep:second:2.0-rc1', sha256: sha256('the second jar') },
    ],
  };
  let cacheDir: string;
  let repository: Server;
  let requests: string[];
  let answers: Record<string, { status: number; body: string }[]>;

  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'flows-jars-'));
    requests = [];
    answers = {
      '/maven/org/example/first/1.0/first-1.0.jar': [{ status: 200, body: 'the first jar' }],
      '/maven/org/example/deep/second/2.0-rc1/second-2.0-rc1.jar': [{ status: 200, body: 'the second jar' }],
    };
    repository = createServer((request, response) => {
      requests.push(request.url as string);
      const queue = answers[request.url as string] ?? [];
      const { status, body } = (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 404, body: '' };
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    repository.closeAllConnections();
    await new Promise((resolve) => repository.close(resolve));
    await rm(cacheDir, { recursive: true, force: true });
  });

  const provide = (log: (line: string) => void = () => {}) =>
    provideKafkaJars({ cacheDir, lock, log, repository: `http://127.0.0.1:${(repository.address() as AddressInfo).port}/maven` });

  it('downloads by coordinates, shows progress, and asks for nothing the second time', async () => {
    const lines: string[] = [];
    const jars = await provide((line) => lines.push(line));
    expect(await Promise.all(jars.map((jar) => readFile(jar, 'utf8')))).toEqual(['the first jar', 'the second jar']);
    expect(lines.at(-1)).toContain('2 of 2');
    requests = [];
    expect(await provide()).toEqual(jars);
    expect(requests).toEqual([]);
  });

  it('fetches again a jar that was changed in the cache', async () => {
    const [first] = (await provide()) as [string, string];
    await writeFile(first, 'something else');
    await provide();
    expect(await readFile(first, 'utf8')).toBe('the first jar');
  });

  it('tries again when the repository fails for a moment', async () => {
    answers['/maven/org/example/first/1.0/first-1.0.jar'] = [
      { status: 503, body: '' },
      { status: 200, body: 'the first jar' },
    ];
    expect(await provide()).toHaveLength(2);
  });

  it('refuses a jar that differs from the lock, names it with the remedy, and leaves nothing of it', async () => {
    answers['/maven/org/example/first/1.0/first-1.0.jar'] = [{ status: 200, body: 'a jar with a back door' }];
    await expect(provide()).rejects.toThrow(/org\.example:first:1\.0.*SHA-256.*FLOWS_MAVEN_REPOSITORY/);
    expect((await readdir(join(cacheDir, 'kafka-0.0.1'))).filter((name) => name.startsWith('first'))).toEqual([]);
  });
});
