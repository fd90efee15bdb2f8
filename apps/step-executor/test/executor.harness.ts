import { fileURLToPath } from 'node:url';
import {
  internalHeaders,
  topicSpecs,
  type StepPool,
  type StepProgressed,
  type StepReported,
  type StepRunCommand,
} from '@flows/contracts';
import { createKafkaDriver, silentLogger, type KafkaDriver, type KafkaProducerPort, type OutgoingMessage } from '@flows/kafka';
import {
  createTestDatabase,
  eventually,
  RUN_SOURCES,
  startChildService,
  startRecordingProvider,
  testKafka,
  type ChildService,
  type RecordingProvider,
  type TestDatabase,
  type TestKafka,
} from '@flows/testkit';
import { v7 } from 'uuid';

const ENTRY = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PARTITIONS = 4;

/** Real database, real broker, a real provider on loopback, and executors as processes of their own. */
export class ExecutorHarness {
  readonly workspaceId = v7();
  readonly reports: (StepReported & { headers: Record<string, string> })[] = [];
  readonly signs: StepProgressed[] = [];
  private readonly executors: ChildService[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly kafka: TestKafka,
    readonly driver: KafkaDriver,
    readonly producer: KafkaProducerPort,
    readonly provider: RecordingProvider,
  ) {}

  static async start(label: string): Promise<ExecutorHarness> {
    const [database, provider] = await Promise.all([createTestDatabase({ label }), startRecordingProvider()]);
    const kafka = testKafka();
    const driver = createKafkaDriver({ brokers: kafka.brokers, clientId: 'test', logger: silentLogger });
    await driver.ensureTopics(topicSpecs(kafka.topics, PARTITIONS));
    const harness = new ExecutorHarness(database, kafka, driver, await driver.producer(), provider);
    await harness.seed();
    await harness.collectReports();
    return harness;
  }

  async startExecutor(env: Record<string, string> = {}): Promise<ChildService> {
    const executor = await startChildService({
      entry: ENTRY,
      nodeArguments: RUN_SOURCES,
      env: {
        DATABASE_URL: this.database.url,
        KAFKA_BROKERS: this.kafka.brokers.join(','),
        KAFKA_TOPIC_PREFIX: this.kafka.topicPrefix,
        EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
        ...env,
      },
    });
    this.executors.push(executor);
    return executor;
  }

  async send(pool: StepPool, ...commands: StepRunCommand[]): Promise<void> {
    const topic = this.kafka.topics.stepCommands(pool);
    await this.producer.publish(
      commands.map((command) => ({
        topic,
        key: command.run_id,
        value: JSON.stringify(command),
        headers: internalHeaders(
          command.type,
          command.id,
          'test',
          command.workspace_id,
          '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        ),
      })),
    );
  }

  async sendRaw(message: OutgoingMessage): Promise<void> {
    await this.producer.publish([message]);
  }

  reportsOf(command: StepRunCommand): StepReported[] {
    return this.reports.filter(({ id }) => id === `rep:${command.id}`);
  }

  /** The first report of an attempt. */
  reportOf(command: StepRunCommand, timeoutMs = 15_000): Promise<StepReported> {
    return eventually(() => this.reportsOf(command)[0], { what: `a report of ${command.id}`, timeoutMs });
  }

  signsOf(command: StepRunCommand): StepProgressed[] {
    return this.signs.filter(({ id }) => id.startsWith(`prg:${command.id}:`));
  }

  /** The run of a command, as the orchestrator keeps it. */
  async insertRun({ run_id, workspace_id }: StepRunCommand): Promise<void> {
    await this.database.query(
      `insert into runs (id, workspace_id, workflow_id, version, status, payload, trigger_type, trigger, expires_at)
       values ($1, $2, $3, 1, 'running', '{}', 'api', '{}', now() + interval '1 hour')`,
      [run_id, workspace_id, v7()],
    );
  }

  async setConnection(name: string, changes: Record<string, unknown>): Promise<void> {
    const columns = Object.keys(changes);
    const sets = columns.map((column, index) => `${column} = $${index + 3}`).join(', ');
    await this.database.query(
      `update connections set ${sets}, updated_at = clock_timestamp() where workspace_id = $1 and name = $2`,
      [this.workspaceId, name, ...Object.values(changes)],
    );
  }

  async lag(pool: StepPool): Promise<number> {
    const topic = this.kafka.topics.stepCommands(pool);
    const lags = await this.driver.groupLag(`${this.kafka.topicPrefix}flows.step-executor.${pool}`, [topic]);
    return lags.reduce((sum, { lag }) => sum + lag, 0);
  }

  async effect(command: StepRunCommand): Promise<Record<string, unknown> | undefined> {
    return (await this.database.query('select * from effects where idempotency_key = $1', [command.idempotency_key]))[0];
  }

  /** A member that is killed stays in its group until its session is over (10 s); one that stops leaves at once. */
  async stopExecutors(): Promise<void> {
    await Promise.all(this.executors.splice(0).map((executor) => executor.stop()));
  }

  async close(): Promise<void> {
    await this.stopExecutors();
    await this.driver.close();
    await this.provider.close();
    await this.database.close();
  }

  private async seed(): Promise<void> {
    const { database, workspaceId, provider } = this;
    await database.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'test']);
    const connections = [
      ['crm', 'crm', 'connected', { base_url: provider.url }],
      ['limited', 'crm', 'connected', { base_url: provider.url }],
      ['none', 'noop', 'connected', {}],
      ['expired', 'crm', 'needs_reauth', { base_url: provider.url }],
      ['off', 'crm', 'disabled', {}],
      ['alien', 'nosuch', 'connected', {}],
    ];
    for (const [name, kind, status, config] of connections) {
      await database.query(
        "insert into connections (id, workspace_id, name, provider, role, status, config) values ($1, $2, $3, $4, 'both', $5, $6)",
        [v7(), workspaceId, name, kind, status, config],
      );
    }
    const schema = { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'] };
    const agents: [string, string[]][] = [
      ['scorer', []],
      ['needy', ['crm', 'gone']],
      ['expired-needy', ['expired']],
    ];
    await database.query(
      "insert into agents (id, workspace_id, slug, name, instructions, provider, model) values ($1, $2, 'thinker', 'thinker', '', 'openai', 'some-model')",
      [v7(), workspaceId],
    );
    for (const [slug, required] of agents) {
      await database.query(
        "insert into agents (id, workspace_id, slug, name, instructions, provider, model, output_schema, required_connections) values ($1, $2, $3, $3, '', 'offline', 'rules', $4, $5)",
        [v7(), workspaceId, slug, schema, required],
      );
    }
  }

  private async collectReports(): Promise<void> {
    await this.driver.consume({
      group: `${this.kafka.topicPrefix}test`,
      topics: [{ topic: this.kafka.topics.runInputs }],
      partitionsConcurrently: PARTITIONS,
      onBatch: async (batch) => {
        for (const { value, headers } of batch.messages) {
          const input = JSON.parse(String(value)) as StepReported | StepProgressed;
          if (input.type === 'step.reported') this.reports.push({ ...input, headers });
          else this.signs.push(input);
        }
      },
      onFatal: (error) => {
        throw error;
      },
    });
  }
}
