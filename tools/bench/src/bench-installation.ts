import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { topicNames, topicSpecs } from '@flows/contracts';
import { startInfrastructure, type Infrastructure } from '@flows/infrastructure';
import { createKafkaDriver, silentLogger, type KafkaDriver } from '@flows/kafka';
import { createPool, migrate } from '@flows/postgres';
import { SERVICE_NODE_OPTIONS } from '@flows/service-kit';
import { startService, type ChildService } from '@flows/testkit';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { BenchOptions } from './bench.config.js';
import { Completions } from './completions.js';
import { cpuSecondsOf } from './cpu-seconds.js';
import { Intake } from './intake.js';

/** As `npm start` has them. */
export const PARTITIONS = 6;
const topics = topicNames();
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * What every scenario runs on: a fresh PostgreSQL and a fresh broker with their durable settings (fsync on, acks from all replicas),
 * orchestrators and step-executors as processes of their own, and this harness, all on one machine.
 */
export class BenchInstallation {
  readonly completions = new Completions();
  private readonly services: { kind: string; service: ChildService }[] = [];

  private constructor(
    private readonly root: string,
    private readonly infrastructure: Infrastructure,
    private readonly driver: KafkaDriver,
    readonly pool: pg.Pool,
    private readonly owner: pg.Pool,
  ) {}

  static async start(options: BenchOptions): Promise<BenchInstallation> {
    const root = resolve('.flows/bench');
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    const infrastructure = await startInfrastructure({ root, durable: true, log: say });
    const { databaseUrl: url, kafkaBrokers } = infrastructure;
    const onError = (error: Error): void => say(error.message);
    const installation = new BenchInstallation(
      root,
      infrastructure,
      createKafkaDriver({ brokers: kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger }),
      createPool({ url, role: 'engine', max: 4, applicationName: 'bench', onError }),
      createPool({ url, role: 'owner', max: 1, applicationName: 'bench', onError }),
    );
    try {
      await installation.startServices(options);
      return installation;
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  private async startServices({ orchestrators, executors }: BenchOptions): Promise<void> {
    const { databaseUrl, kafkaBrokers } = this.infrastructure;
    await migrate(databaseUrl, say);
    await this.driver.ensureTopics(topicSpecs(topics, PARTITIONS));
    const env = {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: kafkaBrokers,
      KAFKA_PARTITIONS: String(PARTITIONS),
      LOG_LEVEL: 'warn',
      NODE_OPTIONS: SERVICE_NODE_OPTIONS,
    };
    const start = async (kind: 'orchestrator' | 'step-executor'): Promise<void> =>
      void this.services.push({ kind, service: await startService(kind, env) });
    for (let n = 0; n < orchestrators; n += 1) await start('orchestrator');
    for (let n = 0; n < executors; n += 1) await start('step-executor');
    await this.completions.listen(this.driver, topics);
  }

  /** A workspace of its own with the flow published; straight into the tables, since REST is not what is measured. */
  async publishFlow(name: string, definition: object): Promise<Intake> {
    const [workspaceId, workflowId] = [uuid(), uuid()];
    await this.owner.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, name]);
    await this.owner.query(
      "insert into connections (id, workspace_id, name, provider, role) values ($1, $2, 'bench', 'noop', 'both')",
      [uuid(), workspaceId],
    );
    await this.owner.query(
      "insert into workflows (id, workspace_id, name, status, current_version) values ($1, $2, $3, 'active', 1)",
      [workflowId, workspaceId, name],
    );
    await this.owner.query(
      "insert into workflow_versions (id, workspace_id, workflow_id, number, status, definition, published_at) values ($1, $2, $3, 1, 'published', $4, now())",
      [uuid(), workspaceId, workflowId, JSON.stringify(definition)],
    );
    return new Intake(this.pool, await this.driver.producer(), topics, workspaceId, workflowId);
  }

  /** CPU seconds so far, by kind of process: replicas are added up. */
  cpuSeconds(): Record<string, number> {
    const processes: [string, number | undefined][] = [
      ['kafka', this.infrastructure.kafka?.pid],
      ['postgres', this.infrastructure.postgres?.pid],
      ['bench', process.pid],
      ...this.services.map(({ kind, service }): [string, number] => [kind, service.pid]),
    ];
    const seconds: Record<string, number> = {};
    for (const [name, pid] of processes) {
      const used = pid === undefined ? null : cpuSecondsOf(pid, name === 'postgres');
      if (used !== null) seconds[name] = (seconds[name] ?? 0) + used;
    }
    return seconds;
  }

  async stop(): Promise<void> {
    await this.completions.stop();
    await Promise.all(this.services.map(({ service }) => service.stop()));
    await this.driver.close();
    await Promise.all([this.pool.end(), this.owner.end()]);
    await this.infrastructure.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}
