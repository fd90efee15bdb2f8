import { v7 as uuid } from 'uuid';
import type pg from 'pg';
import { runInputMessage, type RunRequested, type Topics } from '@flows/contracts';
import type { KafkaProducerPort } from '@flows/kafka';
import { insertQueuedRuns } from '@flows/postgres';

/** Accepts runs as the gateway and the trigger-listener do: queued rows in one commit, then the inputs of those that are admitted on Kafka. */
export class Intake {
  constructor(
    private readonly pool: pg.Pool,
    private readonly producer: KafkaProducerPort,
    private readonly topics: Topics,
    readonly workspaceId: string,
    private readonly workflowId: string,
  ) {}

  newRunIds(count: number): string[] {
    return Array.from({ length: count }, () => uuid());
  }

  async accept(runIds: readonly string[]): Promise<void> {
    const now = Date.now();
    const requests = runIds.map((runId): RunRequested => ({
      type: 'run.requested',
      id: `req:${runId}`,
      run_id: runId,
      workspace_id: this.workspaceId,
      at: now,
      workflow_id: this.workflowId,
      version: 1,
      payload: { lead: { id: runId, email: 'ada@example.com', company: { name: 'Example', employees: 120 } } },
      trigger: { type: 'api', actor: 'bench' },
      created_at: now,
    }));
    const { admitted } = await insertQueuedRuns(
      this.pool,
      requests.map((request) => ({ request, timeoutMs: 30 * 86_400_000 })),
    );
    const startable = requests.filter((request) => admitted.has(request.run_id));
    if (startable.length === 0) return;
    await this.producer.publish(startable.map((request) => runInputMessage(this.topics, request, '/flows/bench')));
  }
}
