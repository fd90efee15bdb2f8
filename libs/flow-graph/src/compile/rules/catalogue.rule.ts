import type { JsonValue } from '@flows/contracts';
import type { StaticKind } from '../../expression/cel-value.js';
import type { FlowCatalogue } from '../../plan/problem.js';
import { checkInput } from '../../schema/check-input.js';
import type { JsonSchema } from '../../schema/json-schema.js';
import type { DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

/** Agents, connections, actions and workflows must exist in the workspace, and inputs fit their schemas as far as that is certain. */
export function checkCatalogue(
  step: DraftStep,
  catalogue: FlowCatalogue,
  kinds: ReadonlyMap<string, StaticKind> | undefined,
  problems: ProblemList,
): void {
  const schema = inputSchema(step, catalogue, problems);
  if (schema === null || kinds === undefined) return;
  const input = (step.raw['input'] ?? {}) as JsonValue;
  for (const { pointer, message } of checkInput(input, schema, kinds)) {
    problems.add(`${step.pointer}/input${pointer}`, 'input_schema_mismatch', message, step.id);
  }
}

function inputSchema(step: DraftStep, catalogue: FlowCatalogue, problems: ProblemList): JsonSchema | null {
  switch (step.type) {
    case 'agent':
      return agentSchema(step, catalogue, problems);
    case 'connector':
      return actionSchema(step, catalogue, problems);
    case 'flow':
      return workflowSchema(step, catalogue, problems);
    default:
      return null;
  }
}

/** The input of a flow step is the payload of the run that it starts. */
function workflowSchema({ raw, pointer, id }: DraftStep, { workflows }: FlowCatalogue, problems: ProblemList): JsonSchema | null {
  const name = raw['workflow'];
  if (workflows === undefined || typeof name !== 'string' || name === '') return null;
  const workflow = workflows.get(name);
  if (workflow === undefined)
    problems.add(
      `${pointer}/workflow`,
      'unknown_workflow',
      `There is no workflow with the id or name "${name}" in this workspace`,
      id,
    );
  return (workflow?.input_schema as JsonSchema | undefined) ?? null;
}

function agentSchema({ raw, pointer, id }: DraftStep, { agents }: FlowCatalogue, problems: ProblemList): JsonSchema | null {
  const slug = raw['agent'];
  if (typeof slug !== 'string' || slug === '') return null;
  const agent = agents.get(slug);
  if (agent === undefined)
    problems.add(
      `${pointer}/agent`,
      'unknown_agent',
      `There is no agent "${slug}" in this workspace; ${listed([...agents.keys()])}`,
      id,
    );
  return (agent?.input_schema as JsonSchema | undefined) ?? null;
}

function actionSchema({ raw, pointer, id }: DraftStep, { connections }: FlowCatalogue, problems: ProblemList): JsonSchema | null {
  const { connection: name, action: actionName } = raw;
  if (typeof name !== 'string' || name === '') return null;
  const connection = connections.get(name);
  if (connection === undefined) {
    problems.add(
      `${pointer}/connection`,
      'unknown_connection',
      `There is no connection "${name}" in this workspace; ${listed([...connections.keys()])}`,
      id,
    );
    return null;
  }
  if (typeof actionName !== 'string' || actionName === '') return null;
  const action = connection.actions.get(actionName);
  if (action === undefined) {
    problems.add(
      `${pointer}/action`,
      'unknown_action',
      `${connection.provider} has no action "${actionName}"; ${listed([...connection.actions.keys()])}`,
      id,
    );
  }
  return (action?.input_schema as JsonSchema | undefined) ?? null;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there is ${names.slice(0, 50).join(', ')}`;
}
