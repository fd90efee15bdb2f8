/**
 * Brings the broker's jars into the user's cache: what the lock file names, nothing else, each verified by its SHA-256 on every start.
 * Where they come from is the Maven client's default repository, or the one that the configuration names.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import mavenDownload from 'mvn-artifact-download';
import type { Log } from '../log.js';

export interface LockedJar {
  /** `groupId:artifactId:version` */
  readonly coordinates: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface KafkaJarsLock {
  /** Kafka's version. */
  readonly version: string;
  readonly jars: readonly LockedJar[];
}

export const kafkaJarsLock = JSON.parse(
  readFileSync(new URL('./kafka-jars.lock.json', import.meta.url), 'utf8'),
) as KafkaJarsLock;

export interface KafkaJarsOptions {
  readonly cacheDir: string;
  /** Base address of another Maven repository. */
  readonly repository?: string | undefined;
  readonly log: Log;
  readonly lock?: KafkaJarsLock;
}

const PARALLEL_DOWNLOADS = 8;
const TRIES = 3;
const DOWNLOAD_TIMEOUT_MS = 120_000;
const PROGRESS_EVERY_MS = 1_000;

/**
 * Paths of all jars, ready for a class path. Safe to run in several processes at once: a jar appears under its name only whole and verified.
 * Rejects naming the jar and the remedy when one cannot be had or differs from the lock.
 */
export async function provideKafkaJars(options: KafkaJarsOptions): Promise<string[]> {
  const lock = options.lock ?? kafkaJarsLock;
  const dir = join(options.cacheDir, `kafka-${lock.version}`);
  await mkdir(dir, { recursive: true });
  const wanted = lock.jars.map((jar) => ({ ...jar, file: join(dir, fileNameOf(jar.coordinates)) }));
  const checked = await mapLimited(wanted, PARALLEL_DOWNLOADS, async (jar) => ({
    jar,
    present: (await hashOf(jar.file)) === jar.sha256,
  }));
  const missing = checked.filter(({ present }) => !present).map(({ jar }) => jar);
  if (missing.length > 0) await downloadAll(missing, dir, options);
  return wanted.map(({ file }) => file);
}

type WantedJar = LockedJar & { readonly file: string };

async function downloadAll(missing: readonly WantedJar[], dir: string, { repository, log }: KafkaJarsOptions): Promise<void> {
  let done = 0;
  let bytes = 0;
  const report = () => log(`Kafka: downloading jars, ${done} of ${missing.length} (${(bytes / 1e6).toFixed(0)} MB)`);
  report();
  const progress = setInterval(report, PROGRESS_EVERY_MS);
  try {
    await mapLimited(missing, PARALLEL_DOWNLOADS, async (jar) => {
      await downloadVerified(jar, dir, repository);
      done += 1;
      bytes += (await stat(jar.file)).size;
    });
  } finally {
    clearInterval(progress);
  }
  report();
}

async function downloadVerified(jar: WantedJar, dir: string, repository: string | undefined): Promise<void> {
  const part = `${fileNameOf(jar.coordinates)}.${process.pid}.part`;
  let reason = '';
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      await download(jar.coordinates, dir, repository, part);
      const sha256 = await hashOf(join(dir, part));
      if (sha256 === jar.sha256) return await rename(join(dir, part), jar.file);
      reason = `its SHA-256 is ${sha256}, the lock file says ${jar.sha256}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    } finally {
      await rm(join(dir, part), { force: true });
    }
  }
  throw new Error(
    `Kafka: ${jar.coordinates} could not be fetched (${reason}). Check the network, name another Maven repository in FLOWS_MAVEN_REPOSITORY, or set KAFKA_BROKERS to a running Kafka.`,
  );
}

/** The client has no deadline for the body, and a connection that breaks in the middle would never settle. */
async function download(coordinates: string, dir: string, repository: string | undefined, fileName: string): Promise<void> {
  const base = repository === undefined || repository.endsWith('/') ? repository : `${repository}/`;
  const [groupId, artifactId, version] = coordinates.split(':') as [string, string, string];
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no complete answer within ${DOWNLOAD_TIMEOUT_MS / 1000} s`)), DOWNLOAD_TIMEOUT_MS);
  });
  try {
    await Promise.race([mavenDownload.default({ groupId, artifactId, version }, dir, base, fileName), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function fileNameOf(coordinates: string): string {
  return `${coordinates.split(':').slice(1).join('-')}.jar`;
}

/** `undefined` when there is no such file. */
async function hashOf(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** Runs `work` over all items, at most `limit` at a time; the first failure rejects and starts no further item. */
async function mapLimited<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
