import { internalHeaders, runEventJson, toTypeId, type Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';
import type { Consequences } from '../runs/fold-run.js';
import { dataJsonOf } from '../runs/run.store.js';

const SOURCE = '/flows/orchestrator';

/** What a folded batch says to the outside: commands to executors, facts as run events. Key = run id, so both keep their order per run. */
export function outgoingMessages(consequences: readonly Consequences[], topics: Topics): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  for (const { arrived, facts, commands } of consequences) {
    const { run_id: runId, workspace_id: workspaceId } = arrived.input;
    for (const command of commands) {
      if (command.type !== 'step.run') continue;
      messages.push({
        topic: topics.stepCommands(command.pool),
        key: runId,
        value: JSON.stringify(command.command),
        headers: internalHeaders('step.run', command.command.id, SOURCE, workspaceId, arrived.traceparent),
      });
    }
    if (facts.length === 0) continue;
    const runTypeId = toTypeId('run', runId);
    for (const fact of facts) {
      messages.push({
        topic: topics.runEvents,
        key: runId,
        value: runEventJson(runTypeId, fact, dataJsonOf(fact)),
        headers: {
          ...internalHeaders(fact.type, `${runId}:${fact.seq}`, SOURCE, workspaceId, arrived.traceparent),
          ce_sequence: String(fact.seq),
        },
      });
    }
  }
  return messages;
}
