/**
 * Regenerates `kafka-jars.lock.json`: every jar on the broker's runtime class path, with its SHA-256.
 *
 * Procedure, for a new Kafka version:
 *   1. change KAFKA below (and LOG4J_BINDING to the log4j version that this Kafka brings: see `log4j-core` in the new lock);
 *   2. with Maven and Java on the PATH: `npx nx build @flows/infrastructure && node tools/infrastructure/dist/lock-kafka-jars.js`;
 *   3. read the difference, run the package's tests, commit.
 * Maven resolves the closure and checks the repository's own checksums; the hashes are taken from what it downloaded.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KAFKA = { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: '4.3.1' };
/** Kafka logs through slf4j 1.7 and brings log4j-core, but no binding between the two: without one the broker logs nothing. */
const LOG4J_BINDING = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-slf4j-impl', version: '2.25.4' };

const work = mkdtempSync(join(tmpdir(), 'flows-kafka-lock-'));
try {
  const dependencies = [KAFKA, LOG4J_BINDING]
    .map(
      (d) =>
        `<dependency><groupId>${d.groupId}</groupId><artifactId>${d.artifactId}</artifactId><version>${d.version}</version></dependency>`,
    )
    .join('');
  const pom = join(work, 'pom.xml');
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>flows</groupId><artifactId>kafka-lock</artifactId><version>1</version><dependencies>${dependencies}</dependencies></project>`,
  );
  const repository = join(work, 'jars');
  execFileSync(
    'mvn',
    [
      '-B',
      '-q',
      '-f',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      '-Dmdep.useRepositoryLayout=true',
      `-DoutputDirectory=${repository}`,
    ],
    { stdio: 'inherit' },
  );
  const jars = readdirSync(repository, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jar'))
    .sort()
    .map((path) => ({
      coordinates: toCoordinates(path),
      sha256: createHash('sha256')
        .update(readFileSync(join(repository, path)))
        .digest('hex'),
    }));
  const target = fileURLToPath(new URL('../src/kafka/kafka-jars.lock.json', import.meta.url));
  writeFileSync(target, `${JSON.stringify({ version: KAFKA.version, jars }, null, 2)}\n`);
  console.log(`${jars.length} jars written to ${target}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** `org/apache/kafka/kafka-raft/4.3.1/kafka-raft-4.3.1.jar` → `org.apache.kafka:kafka-raft:4.3.1` */
function toCoordinates(path: string): string {
  const parts = path.split(/[\\/]/);
  const [artifactId, version] = parts.slice(-3, -1);
  return [parts.slice(0, -3).join('.'), artifactId, version].join(':');
}
