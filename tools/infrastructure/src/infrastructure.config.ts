/**
 * The only place of this package that reads the environment.
 * Owns names and defaults; refuses to interpret anything beyond "set or not set".
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface InfrastructureConfig {
  /** `DATABASE_URL`: a PostgreSQL that somebody else runs. */
  readonly databaseUrl: string | undefined;
  /** `KAFKA_BROKERS`: `host:port` list of a broker that somebody else runs. */
  readonly kafkaBrokers: string | undefined;
  /** `FLOWS_CACHE_DIR`, else the user's cache directory: jars and the fallback Java runtime, kept between clones. */
  readonly cacheDir: string;
  /** `FLOWS_MAVEN_REPOSITORY`: base address of another Maven repository; unset means Maven Central. */
  readonly mavenRepository: string | undefined;
  readonly javaHome: string | undefined;
  /** `PATH`, where `java` is looked for. */
  readonly searchPath: string | undefined;
}

/** An empty variable counts as unset, as in shells and compose files. */
export function readInfrastructureConfig(env: NodeJS.ProcessEnv = process.env): InfrastructureConfig {
  const cacheHome = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return {
    databaseUrl: env['DATABASE_URL'] || undefined,
    kafkaBrokers: env['KAFKA_BROKERS'] || undefined,
    cacheDir: env['FLOWS_CACHE_DIR'] || join(cacheHome, 'flows'),
    mavenRepository: env['FLOWS_MAVEN_REPOSITORY'] || undefined,
    javaHome: env['JAVA_HOME'] || undefined,
    searchPath: env['PATH'],
  };
}

/** What a server that we start inherits from us. */
export function readInheritedEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}
