import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecs, type Topics } from '@flows/contracts';
import { startCrmSimulator, type CrmSimulator } from '@flows/crm-simulator';
import { createKafkaDriver, silentLogger, type KafkaDriver, type KafkaProducerPort } from '@flows/kafka';
import {
  createTestDatabase,
  startService,
  testKafka,
  type ChildService,
  type RecordingProvider,
  type ServiceName,
  type TestDatabase,
} from '@flows/testkit';
import { ClientHistory } from '../invariants/evidence/client-history.js';
import { RestClient } from './rest-client.js';

export const ADMIN_TOKEN = 'tnx_000000000000000000000000000000000000';
const SERVICES: ServiceName[] = ['api-gateway', 'trigger-listener', 'orchestrator', 'step-executor'];
const PARTITIONS = 4;

export interface InstallationOptions {
  /** `FAILPOINTS` of a service's first process; its restarts have none. */
  failpoints?: Partial<Record<ServiceName, string>>;
  /** Another broker than the one that the tests share: for tests that kill it. */
  brokers?: string;
  env?: Record<string, string>;
  /** Of one service, over `env`. */
  serviceEnv?: Partial<Record<ServiceName, Record<string, string>>>;
  /** Which services run; all without it. */
  services?: readonly ServiceName[];
}

type ServiceOptions = NonNullable<Parameters<typeof startService>[2]>;

/** A whole installation of its own: database, topics, every service as a process. */
export class Installation {
  readonly services = new Map<ServiceName, ChildService>();
  /** Further processes of services. */
  readonly replicas: ChildService[] = [];
  readonly workspaces: Workspace[] = [];
  /** Providers of the test's own whose calls count as evidence. */
  readonly providers: RecordingProvider[] = [];
  /** What clients asked for and were told, where a test keeps it. */
  readonly history = new ClientHistory();
  /** What was done to it, for those who judge what is left (tests/invariants). */
  readonly wounds: { faults: boolean; kafkaLostAt: number | null } = { faults: false, kafkaLostAt: null };
  private readonly closers: (() => Promise<unknown>)[] = [];
  database!: TestDatabase;
  topics!: Topics;
  driver!: KafkaDriver;
  producer!: KafkaProducerPort;
  private kafka!: { brokers: string[]; topicPrefix: string };
  private env!: Record<string, string>;
  private serviceEnv: NonNullable<InstallationOptions['serviceEnv']> = {};

  static async start(options: InstallationOptions = {}): Promise<Installation> {
    const installation = new Installation();
    try {
      await installation.open(options);
      return installation;
    } catch (error) {
      await installation.close();
      throw error;
    }
  }

  /** A client with the installation's own token. */
  get admin(): RestClient {
    return new RestClient(this.gatewayUrl, ADMIN_TOKEN);
  }

  get gatewayUrl(): string {
    return this.service('api-gateway').url();
  }

  service(name: ServiceName): ChildService {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`${name} is not running`);
    return service;
  }

  /** Another process of the service, in place of the one that is gone. */
  async startAgain(name: ServiceName, options: ServiceOptions = {}): Promise<ChildService> {
    this.wounds.faults = true;
    return this.run(name, {}, options);
  }

  /** One more process of the service, beside the one that runs. */
  async startReplica(name: ServiceName, extra: Record<string, string> = {}, options: ServiceOptions = {}): Promise<ChildService> {
    const replica = await startService(name, { ...this.env, ...this.serviceEnv[name], ...extra }, options);
    this.replicas.push(replica);
    return replica;
  }

  /** A consumer group under the installation's prefix. */
  groupOf(declared: string): string {
    return `${this.kafka.topicPrefix}${declared}`;
  }

  /** The topics as the deploy job makes them: after the broker has lost its own. */
  async ensureTopics(): Promise<void> {
    await this.driver.ensureTopics(topicSpecs(this.topics, PARTITIONS));
  }

  /** A workspace with a CRM of its own, which knows nothing of us, and a connection to it. */
  async createWorkspace(name = 'test'): Promise<Workspace> {
    const { id, token } = await this.admin.need(this.admin.post<{ id: string; token: string }>('/workspaces', { name }));
    const client = new RestClient(this.gatewayUrl, token);
    const crmData = await mkdtemp(join(tmpdir(), 'flows-crm-'));
    this.closers.push(() => rm(crmData, { recursive: true, force: true }));
    const crm = await startCrmSimulator({ ...this.kafka, dataFile: join(crmData, 'crm.json'), workspaceId: id });
    this.closers.push(() => crm.close());
    await client.need(
      client.post('/connectors/connections', { name: 'crm', provider: 'crm', role: 'both', config: { base_url: crm.url } }),
    );
    const workspace: Workspace = {
      id,
      token,
      client,
      crm,
      at: (gatewayUrl) => ({ ...workspace, client: new RestClient(gatewayUrl, token) }),
    };
    this.workspaces.push(workspace);
    return workspace;
  }

  /** A record as a producer writes it that knows nothing of us: a text, no headers, no key. */
  async produceLine(line: string, topic = this.topics.crmEvents): Promise<void> {
    await this.producer.publish([{ topic, key: null, value: line }]);
  }

  /** What services logged as errors: shown when the installation closes, since a failed test needs them. */
  private reportErrors(): void {
    for (const [name, service] of this.services) {
      for (const line of service.logs())
        if (/"level":"?(50|60|error|fatal)/.test(line)) process.stderr.write(`${name}: ${line}\n`);
    }
  }

  async close(): Promise<void> {
    this.reportErrors();
    await Promise.all([...this.services.values(), ...this.replicas].map((service) => service.kill9()));
    for (const close of this.closers.reverse()) await close();
  }

  private async open(options: InstallationOptions): Promise<void> {
    const { failpoints = {}, brokers, env = {}, serviceEnv = {}, services = SERVICES } = options;
    this.serviceEnv = serviceEnv;
    this.wounds.faults = Object.keys(failpoints).length > 0;
    const kafka = testKafka();
    const brokerList = brokers ?? kafka.brokers.join(',');
    this.topics = kafka.topics;
    this.database = await createTestDatabase({ label: 'e2e' });
    this.closers.push(() => this.database.close());
    this.driver = createKafkaDriver({ brokers: brokerList.split(','), clientId: 'tests', logger: silentLogger });
    this.closers.push(() => this.driver.close());
    await this.ensureTopics();
    this.producer = await this.driver.producer();
    this.kafka = { brokers: brokerList.split(','), topicPrefix: kafka.topicPrefix };
    this.env = {
      DATABASE_URL: this.database.url,
      KAFKA_BROKERS: brokerList,
      KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
      KAFKA_PARTITIONS: String(PARTITIONS),
      EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
      FLOWS_ADMIN_TOKEN: ADMIN_TOKEN,
      LOG_LEVEL: 'info',
      ...env,
    };
    await Promise.all(
      services.map((name) => this.run(name, failpoints[name] === undefined ? {} : { FAILPOINTS: failpoints[name] })),
    );
  }

  private async run(name: ServiceName, extra: Record<string, string>, options: ServiceOptions = {}): Promise<ChildService> {
    const service = await startService(name, { ...this.env, ...this.serviceEnv[name], ...extra }, options);
    this.services.set(name, service);
    return service;
  }
}

export interface Workspace {
  id: string;
  token: string;
  client: RestClient;
  crm: CrmSimulator;
  /** The same workspace through another gateway. */
  at(gatewayUrl: string): Workspace;
}
