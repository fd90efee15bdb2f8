import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import type { StepWork } from '@flows/contracts';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/** I14: a run follows the version that it was accepted with to its end: each of its steps, and what each does, is of that version. */
export function checkI14(evidence: Evidence): Violation[] {
  const findings = new Findings('I14');
  const versions = new Map(evidence.versions.map((version) => [`${version.workflow_id}@${version.number}`, version]));
  for (const { run, facts, plan } of historiesOf(evidence).values()) {
    const version = versions.get(`${run.workflow_id}@${run.version}`);
    if (version === undefined || version.status === 'draft')
      findings.add(run.id, `version ${run.version}, which it follows, is ${version?.status ?? 'not there'}`);
    for (const fact of facts) {
      if (fact.type === 'run.started' && fact.data.version !== run.version)
        findings.add(run.id, `it began with version ${fact.data.version}, and is pinned to ${run.version}`);
      if (fact.step_id !== undefined && plan !== null) checkStep(findings, fact, plan);
    }
  }
  return findings.violations;
}

function checkStep(findings: Findings, fact: FactRow & { step_id: string }, plan: FlowPlan): void {
  const step = plan.step.get(fact.step_id);
  if (step === undefined)
    findings.add(fact.run_id, `fact ${fact.seq} is about the step ${fact.step_id}, which its version does not have`);
  else if (fact.type === 'step.scheduled' && !isWorkOf(step, fact.data.work))
    findings.add(
      fact.run_id,
      `step ${step.id} was scheduled to do ${JSON.stringify(fact.data.work)}, its version says ${JSON.stringify(step.definition)}`,
    );
}

function isWorkOf({ definition }: PlannedStep, work: StepWork): boolean {
  switch (work.kind) {
    case 'agent':
      return definition.type === 'agent' && definition.agent === work.agent;
    case 'connector':
      return definition.type === 'connector' && definition.connection === work.connection && definition.action === work.action;
    case 'http':
      return definition.type === 'http' && (definition.method ?? 'GET') === work.method;
    case 'code':
      return definition.type === 'code' && definition.source === work.source;
  }
}
