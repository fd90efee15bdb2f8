import { workspaceUuid } from '@flows/contracts';
import type { Installation } from '../../harness/installation.js';
import type { Conditions, Evidence } from './evidence.js';
import { readDatabase } from './read-database.js';
import { readProviderCalls, recordedCalls } from './read-provider-calls.js';
import { readTopics, streamsOf } from './read-topics.js';

const GRACE_MS = 8_000;
const CANCEL_SLACK_MS = 1_000;

/** All that an installation leaves: to be taken when it is at rest, or with `quiet: false`. */
export async function collectEvidence(installation: Installation, conditions: Partial<Conditions> = {}): Promise<Evidence> {
  const { database, driver, topics, workspaces, providers, history, wounds } = installation;
  const [tables, records, calls] = await Promise.all([
    readDatabase(database),
    readTopics(driver, streamsOf(topics)),
    readProviderCalls(workspaces.map(({ id, crm }) => ({ workspaceId: workspaceUuid(id) ?? id, url: crm.url }))),
  ]);
  return {
    ...tables,
    records,
    calls: [...calls, ...providers.flatMap(recordedCalls)],
    client: history.operations,
    topicNames: topics,
    conditions: {
      quiet: true,
      inputsReordered: false,
      graceMs: GRACE_MS,
      cancelSlackMs: CANCEL_SLACK_MS,
      ...wounds,
      ...conditions,
    },
  };
}
