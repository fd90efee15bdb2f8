import type { RunInput } from '@flows/contracts';
import type { RecordedHistory } from '@flows/run-machine';
import type { Evidence } from '../invariants/evidence/evidence.js';
import { historiesOf } from '../invariants/evidence/run-history.js';

/**
 * What a real installation did, run by run: the inputs as they lie in the run's partition, which is the order in which they were folded,
 * and the facts that came of them.
 */
/** @param names of the runs that the test began, by UUID; their children are named after them. */
export function recordHistories(evidence: Evidence, names: ReadonlyMap<string, string>): RecordedHistory[] {
  const inputs = Map.groupBy(
    evidence.records
      .filter(({ topic, value }) => topic === evidence.topicNames.runInputs && value !== null)
      .map(({ value }) => JSON.parse(value ?? '') as RunInput),
    (input) => input.run_id,
  );
  const definitions = new Map(
    evidence.versions.map((version) => [`${version.workflow_id}@${version.number}`, version.definition]),
  );
  return [...historiesOf(evidence).values()].flatMap(({ run, facts, initial }) => {
    const definition = definitions.get(`${run.workflow_id}@${run.version}`);
    if (definition === undefined) return [];
    const { runId, workspaceId, workflowId, version, payload, trigger, createdAt, parent, scope } = initial;
    return {
      name: names.get(run.id) ?? `${names.get(run.parent_run_id ?? '') ?? 'run'}.${run.item_index ?? 'child'}`,
      definition,
      body: run.body,
      identity: { runId, workspaceId, workflowId, version, payload, trigger, createdAt, parent, scope },
      inputs: inputs.get(run.id) ?? [],
      facts: facts.map(
        ({ seq, type, at, step_id, data }) =>
          ({ seq, type, at, step_id: step_id ?? undefined, data }) as RecordedHistory['facts'][number],
      ),
    };
  });
}
