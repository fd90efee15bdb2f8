/**
 * Runs the same Kafka version in a container, for machines that have a container engine but no Java.
 * Data lives as long as the container: a broker that keeps it between starts needs Java. Refuses to manage images beyond pulling this one.
 */
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { findFreePort } from '../free-port.js';
import { brokerProperties } from './broker-properties.js';
import { kafkaJarsLock } from './kafka-jars.js';
import type { KafkaOptions, RunningKafka } from './start-kafka.js';

const IMAGE = `apache/kafka:${kafkaJarsLock.version}`;
const CONTROLLER_PORT = 29093;
const DEFAULT_HEAP_MB = 512;

export async function containerEngineAnswers(): Promise<boolean> {
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** The port is the same inside and outside, so that the broker can advertise it before it runs. */
export async function startContainerBroker({ log, port, heapMb = DEFAULT_HEAP_MB }: KafkaOptions): Promise<RunningKafka> {
  const brokerPort = await findFreePort(port);
  log(`Kafka: no Java here; starting the image ${IMAGE}, whose data is gone after a stop`);
  const properties = {
    ...brokerProperties({ dataDir: '/tmp/kraft-combined-logs', brokerPort, controllerPort: CONTROLLER_PORT }),
    listeners: `PLAINTEXT://0.0.0.0:${brokerPort},CONTROLLER://127.0.0.1:${CONTROLLER_PORT}`,
  };
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ ...asEnvironment(properties), KAFKA_HEAP_OPTS: `-Xmx${heapMb}m` })
    .withExposedPorts({ container: brokerPort, host: brokerPort })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();

  let stopping: Promise<unknown> | undefined;
  return {
    brokers: `${container.getHost()}:${brokerPort}`,
    pid: undefined,
    stop: async () => {
      await (stopping ??= container.stop());
    },
    kill9: async () => {
      const client = await getContainerRuntimeClient();
      await client.container.getById(container.getId()).kill();
    },
    restart: () => container.restart(),
    loseData: () =>
      Promise.reject(new Error('A broker in a container keeps its data with the container: install Java 17 to lose one')),
  };
}

/** The image reads `log.dirs` from `KAFKA_LOG_DIRS`. */
function asEnvironment(properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
  );
}
