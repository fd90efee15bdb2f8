/** What lies in the broker's directory, and writing its configuration there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerLogProperties } from './broker-log.js';
import { brokerProperties, formatProperties } from './broker-properties.js';

export interface BrokerFiles {
  readonly dir: string;
  /** Topics, offsets and metadata; written by Kafka alone. */
  readonly data: string;
  readonly serverProperties: string;
  readonly logConfiguration: string;
  /** Kafka's own log. */
  readonly brokerLog: string;
  /** What the JVM itself prints: refused flags, a missing class. */
  readonly output: string;
  /** The port of the last start. */
  readonly port: string;
}

export function locateBrokerFiles(dir: string): BrokerFiles {
  return {
    dir,
    data: join(dir, 'data'),
    serverProperties: join(dir, 'server.properties'),
    logConfiguration: join(dir, 'log4j2.properties'),
    brokerLog: join(dir, 'broker.log'),
    output: join(dir, 'output.log'),
    port: join(dir, 'port'),
  };
}

export async function writeBrokerFiles(files: BrokerFiles, ports: { brokerPort: number; controllerPort: number }): Promise<void> {
  await mkdir(files.dir, { recursive: true });
  await Promise.all([
    writeFile(files.serverProperties, formatProperties(brokerProperties({ dataDir: files.data, ...ports }))),
    writeFile(files.logConfiguration, brokerLogProperties(files.brokerLog)),
    writeFile(files.port, String(ports.brokerPort)),
  ]);
}
