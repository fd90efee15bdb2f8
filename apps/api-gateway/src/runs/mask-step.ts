import { maskSecrets } from '../masking/mask-secrets.js';
import type { StepRunView } from './step-run.view.js';

/** What people put into or get out of a step may hold secrets; what we write about it does not. */
export function maskStep(step: StepRunView): StepRunView {
  const { approval_request: request } = step;
  return {
    ...step,
    input: maskSecrets(step.input),
    output: maskSecrets(step.output),
    error: maskSecrets(step.error),
    progress: maskSecrets(step.progress),
    wait: maskSecrets(step.wait),
    approval_request: request === null ? null : { ...request, artefact: maskSecrets(request.artefact) },
    effects: maskSecrets(step.effects),
    attempts: step.attempts.map((attempt) => ({
      ...attempt,
      input: maskSecrets(attempt.input),
      output: maskSecrets(attempt.output),
      error: maskSecrets(attempt.error),
    })),
  };
}
