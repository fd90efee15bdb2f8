import { TwoStageSchema } from '@flows/contracts';
import { ShapeCheck } from '../check-shape.js';
import { isRecord, type DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

/** The alternative of `TwoStageSchema` that says more than yes or no: checked by itself, so that problems are told at their place. */
const [, POLICY_SCHEMA] = TwoStageSchema.anyOf;
const POLICY = new ShapeCheck(POLICY_SCHEMA);

/** Approval steps, and the second stage of agents and connectors. */
export function checkApprovals(step: DraftStep, problems: ProblemList, warnings: ProblemList): void {
  const { type, raw, pointer, id } = step;
  if (type === 'approval') return warnUnusedOnDue(raw, pointer, id, warnings);
  const { approval } = raw;
  if ((type !== 'agent' && type !== 'connector') || approval === undefined || typeof approval === 'boolean') return;
  const at = `${pointer}/approval`;
  if (!isRecord(approval))
    return problems.add(at, 'invalid_type', '"approval" is true, false or an object { "assignees", "due", "on_due" }', id);
  POLICY.check(approval, at, problems, id);
  warnUnusedOnDue(approval, at, id, warnings);
}

function warnUnusedOnDue(
  policy: Readonly<Record<string, unknown>>,
  pointer: string,
  id: string | null,
  warnings: ProblemList,
): void {
  if (policy['on_due'] !== undefined && policy['due'] === undefined)
    warnings.add(
      `${pointer}/on_due`,
      'unused_on_due',
      'Without "due" the approval waits for a person forever: "on_due" is not used',
      id,
    );
}
