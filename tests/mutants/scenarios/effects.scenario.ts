import { eventually } from '@flows/testkit';
import { orderFault } from '../../harness/crm-faults.js';
import { SEQUENCE } from '../../harness/lead-to-sequence.js';
import { readTopics } from '../../invariants/evidence/read-topics.js';
import type { TopicRecord } from '../../invariants/evidence/evidence.js';
import type { Stage } from '../stage.js';
import { start, untilEnded, untilFact } from './play.js';

const PARTITIONS = [0, 1, 2, 3];

async function startSlow(stage: Stage, leadId: string, delayMs: number): Promise<string> {
  await orderFault(stage.workspace, { path_pattern: '/sequences/**', method: 'POST', delay_ms: delayMs });
  const input = { sequence_id: SEQUENCE, lead_id: leadId };
  const retry = { max_attempts: 1 };
  const run = await start(stage, {
    graph: {
      steps: [{ id: 'add', type: 'connector', connection: 'crm', action: 'sequences.add_lead', input, timeout: '3s', retry }],
      edges: [],
    },
  });
  await untilFact(stage, run, 'step.scheduled', 'add');
  return run;
}

/** The command of a run, sent again to every partition, and so to every executor. */
async function commandAgain({ installation }: Stage, run: string): Promise<void> {
  const { driver, topics, producer } = installation;
  const [command] = await eventually(async () => {
    const records: TopicRecord[] = await readTopics(driver, [topics.stepCommands('connector')]);
    const own = records.filter(({ key }) => key === run);
    return own.length > 0 && own;
  });
  const { topic, key, value, headers } = command!;
  await producer.publish(PARTITIONS.map((partition) => ({ topic, key, value, headers, partition })));
}

/** Two executors are given one command, while the first is at it and again when it is done. Nothing failed: the CRM is asked once. */
export const commandedAgain = {
  cast: { replicas: ['step-executor'] as const },
  async act(stage: Stage) {
    const run = await startSlow(stage, 'lead_0013', 1_800);
    await commandAgain(stage, run);
    await untilEnded(stage, [run]);
    await commandAgain(stage, run);
    return {};
  },
};

/** An executor dies in the middle of a call. When its lease is over (which the test does not wait for) another goes on. */
export const deadHolder = {
  cast: { replicas: ['step-executor'] as const },
  async act(stage: Stage) {
    const { installation } = stage;
    const run = await startSlow(stage, 'lead_0014', 700);
    const [holder] = await eventually(async () => {
      const rows = await installation.database.query<{ claimed_by: string }>('select claimed_by from effects where run_id = $1', [
        run,
      ]);
      return rows.length > 0 && rows;
    });
    const processes = [...new Set([installation.service('step-executor'), ...installation.replicas])];
    const holding = processes.filter(({ pid }) => holder!.claimed_by.includes(`-${pid}/`));
    if (holding.length !== 1) throw new Error(`The holder ${holder!.claimed_by} is ${holding.length} of the executors`);
    await stage.kill(holding[0]!);
    await installation.database.query(
      `update effects set claimed_until = claimed_until - interval '15 seconds' where run_id = $1`,
      [run],
    );
    await commandAgain(stage, run);
    await untilEnded(stage, [run], 12_000);
    return { faults: true, graceMs: 1_000 };
  },
};
