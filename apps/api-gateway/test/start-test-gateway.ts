import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { topicNames, topicSpecs, type Topics } from '@flows/contracts';
import { createKafkaDriver, silentLogger } from '@flows/kafka';
import { createLogger, SERVICE_CONFIG, SERVICE_LOGGER } from '@flows/service-kit';
import { createTestDatabase, eventually, testKafka, type TestDatabase } from '@flows/testkit';
import { ApiGatewayModule } from '../src/api-gateway.module.js';
import { readApiGatewayConfig } from '../src/api-gateway.config.js';
import { configureGateway } from '../src/configure-gateway.js';
import { fastifyOptions } from '../src/http/fastify-options.js';
import { TestClient } from './test-client.js';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';

/** The whole gateway in this process, on a database and topics of its own; requests go through the real HTTP stack. */
export interface TestGateway {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly topics: Topics;
  readonly brokers: readonly string[];
  /** With the installation's admin token. */
  readonly admin: TestClient;
  /** Without any token. */
  readonly anonymous: TestClient;
  /** A new workspace, with the token of its first key. */
  createWorkspace(name?: string): Promise<TestWorkspace>;
  close(): Promise<void>;
}
export interface TestWorkspace {
  id: string;
  token: string;
  client: TestClient;
}

@Module({})
class TestRootModule {}

export async function startTestGateway(label: string, settings: Record<string, string> = {}): Promise<TestGateway> {
  const database = await createTestDatabase({ label });
  const kafka = testKafka();
  const driver = createKafkaDriver({ brokers: kafka.brokers, clientId: label, logger: silentLogger });
  const topics = topicNames(kafka.topicPrefix);
  // Right after their creation a busy broker may not know them yet.
  await eventually(() => driver.ensureTopics(topicSpecs(topics, 2)).then(() => true), {
    what: 'creation of topics',
    timeoutMs: 60_000,
  });
  await driver.close();

  const config = readApiGatewayConfig({
    DATABASE_URL: database.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
    FLOWS_ADMIN_TOKEN: ADMIN_TOKEN,
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const logger = createLogger({ service: 'api-gateway', level: config.logLevel, instanceId: 'test' });
  const providers = [
    { provide: SERVICE_CONFIG, useValue: config },
    { provide: SERVICE_LOGGER, useValue: logger },
  ];
  const root: DynamicModule = {
    module: TestRootModule,
    global: true,
    imports: [ApiGatewayModule],
    providers,
    exports: providers,
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(fastifyOptions), {
    logger: false,
    abortOnError: false,
  });
  configureGateway(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();

  const admin = new TestClient(app, ADMIN_TOKEN);
  return {
    app,
    database,
    topics,
    brokers: kafka.brokers,
    admin,
    anonymous: new TestClient(app, null),
    createWorkspace: async (name = 'Test') => {
      const { id, token } = (await admin.post('/api/v1/workspaces', { name })).json;
      return { id: String(id), token: String(token), client: new TestClient(app, String(token)) };
    },
    close: async () => {
      await app.close();
      await database.close();
    },
  };
}
