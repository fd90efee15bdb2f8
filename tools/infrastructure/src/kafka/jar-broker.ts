/**
 * Runs the broker from its released jars as a process of ours.
 * Owns the JVM's command line and the process over its restarts; refuses to choose the Java runtime.
 */
import { delimiter, resolve } from 'node:path';
import { findFreePort } from '../free-port.js';
import type { InfrastructureConfig } from '../infrastructure.config.js';
import type { JavaRuntime } from '../java/find-java.js';
import { claimDataDir } from '../processes/data-dir.claim.js';
import { readLogTail, startOwnedProcess, type OwnedProcess } from '../processes/owned-process.js';
import { readPort } from '../read-text.js';
import { waitUntil } from '../wait-until.js';
import { locateBrokerFiles, writeBrokerFiles, type BrokerFiles } from './broker-files.js';
import { brokerAnswers } from './broker-ready.js';
import { locateClassArchive } from './class-archive.js';
import { formatStorage, isFormatted } from './format-storage.js';
import { provideKafkaJars } from './kafka-jars.js';
import type { KafkaOptions, RunningKafka } from './start-kafka.js';

const HOST = '127.0.0.1';
const DEFAULT_HEAP_MB = 512;
const READY_TIMEOUT_MS = 60_000;
/** A broker that writes its class archive at the exit takes seconds more, on a busy machine many. */
const STOP_TIMEOUT_MS = 60_000;

/**
 * MEASURED on 2 cores shared with a kafkajs producer and consumer (batches of 100 records of 500 bytes, 24 partitions), broker CPU per record
 * in the first 8 s and after 30 s: C1 + serial 20 and 9.4 µs, C2 + serial 20 and 7.5 µs, C2 + G1 47 and 9.1 µs, C1 + G1 22 and 12 µs.
 * C1 boots soonest, costs half the CPU for single sends (260 against 525 µs) and never competes with the services for compile threads.
 */
const JVM_FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Djava.awt.headless=true'];

/** Rejects with the end of the broker's log when it does not come up. */
export async function startJarBroker(
  options: KafkaOptions & { config: InfrastructureConfig; java: JavaRuntime },
): Promise<RunningKafka> {
  const { log, config, java, durable = true, heapMb = DEFAULT_HEAP_MB } = options;
  const files = locateBrokerFiles(resolve(options.dataDir));
  const claim = await claimDataDir(files.dir, 'Kafka', log);
  try {
    const jars = await provideKafkaJars({ cacheDir: config.cacheDir, repository: config.mavenRepository, log });
    const archive = await locateClassArchive(config.cacheDir, java, jars);
    const brokerPort = await findFreePort(options.port ?? (await readPort(files.port)));
    await writeBrokerFiles(files, { brokerPort, controllerPort: await findFreePort() });

    const jvmArgs = [
      ...JVM_FLAGS,
      `-Xmx${heapMb}m`,
      `-Dlog4j2.configurationFile=${files.logConfiguration}`,
      '-cp',
      jars.join(delimiter),
    ];
    if (!(await isFormatted(files))) await formatStorage(files, java.command, [...(await archive.useFlags()), ...jvmArgs]);

    const boot = async (archiveFlags: readonly string[], stopSignal: 'TERM' | 'KILL') => {
      const broker = await startOwnedProcess({
        command: java.command,
        args: [...archiveFlags, ...jvmArgs, 'kafka.Kafka', files.serverProperties],
        cwd: files.dir,
        logFile: files.output,
        stopSignal,
        stopTimeoutMs: STOP_TIMEOUT_MS,
        onUnexpectedExit: (how) => log(`Kafka ended unexpectedly (${how}); see ${files.brokerLog} and ${files.output}`),
      });
      await claim.recordServer(broker.pid);
      await waitUntilReady(broker, brokerPort, files);
      return broker;
    };
    if (!(await archive.isSettled())) {
      log('Kafka: recording its classes for quicker starts (once)');
      await (await boot(archive.recordFlags, 'TERM')).stop();
      await archive.settle();
    }
    const bootOnce = async () => boot(await archive.useFlags(), durable ? 'TERM' : 'KILL');

    let broker = await bootOnce();
    return {
      brokers: `${HOST}:${brokerPort}`,
      get pid() {
        return broker.pid;
      },
      kill9: () => broker.kill9(),
      restart: async () => {
        await broker.stop();
        broker = await bootOnce();
      },
      loseData: async () => {
        await broker.kill9();
        await formatStorage(files, java.command, [...(await archive.useFlags()), ...jvmArgs]);
        broker = await bootOnce();
      },
      stop: async () => {
        await broker.stop();
        await claim.release();
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function waitUntilReady(broker: OwnedProcess, port: number, files: BrokerFiles): Promise<void> {
  const ready = await waitUntil(async () => broker.hasExited() || (await brokerAnswers(HOST, port)), READY_TIMEOUT_MS);
  if (ready && !broker.hasExited()) return;
  await broker.kill9();
  const output = await readLogTail(files.output);
  throw new Error(`Kafka did not start on ${files.dir}. The end of its log:\n${output}\n${await readLogTail(files.brokerLog)}`);
}
