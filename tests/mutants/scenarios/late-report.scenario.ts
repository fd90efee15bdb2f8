import { eventually } from '@flows/testkit';
import { chain } from '../../harness/flows.js';
import { orderFault } from '../../harness/crm-faults.js';
import { SEQUENCE } from '../../harness/lead-to-sequence.js';
import { readTopics } from '../../invariants/evidence/read-topics.js';
import type { TopicRecord } from '../../invariants/evidence/evidence.js';
import type { Stage } from '../stage.js';
import { start, untilEnded, untilFact } from './play.js';

/** A step fails once and is at its second attempt when the report of the first comes again; once it is done, both come again. */
export const lateReport = {
  cast: {},
  async act(stage: Stage) {
    await orderFault(stage.workspace, { path_pattern: '/sequences/**', method: 'POST', status: 503 });
    await orderFault(stage.workspace, { path_pattern: '/sequences/**', method: 'POST', delay_ms: 1_500 });
    const run = await start(stage, {
      graph: {
        steps: [
          {
            id: 'add',
            type: 'connector',
            connection: 'crm',
            action: 'sequences.add_lead',
            input: { sequence_id: SEQUENCE, lead_id: 'lead_0012' },
            retry: { max_attempts: 5, initial_interval: '100ms', backoff: 1 },
          },
          { id: 'nap', type: 'wait', for: '2s' },
        ],
        edges: chain('add', 'nap'),
      },
    });
    await untilFact(stage, run, 'step.retrying', 'add');
    await eventually(async () => {
      const rows = await stage.installation.database.query(
        `select from run_facts where run_id = $1 and type = 'step.scheduled'`,
        [run],
      );
      return rows.length === 2;
    });
    await sendAgain(stage, await reportsOf(stage, run));
    await untilFact(stage, run, 'step.completed', 'add');
    await sendAgain(stage, await reportsOf(stage, run));
    await untilEnded(stage, [run]);
    return {};
  },
};

async function reportsOf({ installation }: Stage, run: string): Promise<TopicRecord[]> {
  const records = await readTopics(installation.driver, [installation.topics.runInputs]);
  return records.filter(({ key, headers }) => key === run && headers['ce_type'] === 'step.reported');
}

async function sendAgain({ installation }: Stage, records: readonly TopicRecord[]): Promise<void> {
  if (records.length === 0) throw new Error('There is no report to send again');
  await installation.producer.publish(records.map(({ topic, key, value, headers }) => ({ topic, key, value, headers })));
}
