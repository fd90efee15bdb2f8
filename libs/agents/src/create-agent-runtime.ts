import type { JsonValue, StepCost } from '@flows/contracts';
import { AgentError } from './agent-error.js';
import type { AgentProvider, AgentRequest, AgentResult, AgentRuntime, Completion } from './agent-runtime.js';
import { findSchemaProblems, listProblems } from './schema/agent-schemas.js';

/**
 * Checks the input, asks the agent's provider, checks the output, and gives one repair try to an output that does not fit. The costs
 * of both tries add up; where both fail they are in the error's details.
 */
export function createAgentRuntime(providers: readonly AgentProvider[]): AgentRuntime {
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  return {
    async run(request): Promise<AgentResult> {
      const { agent } = request;
      const provider = byName.get(agent.provider);
      if (provider === undefined) throw unknownProvider(agent.provider, [...byName.keys()]);
      checkInput(request);
      const done = (output: JsonValue, cost: StepCost): AgentResult => ({
        output,
        cost,
        provider: provider.name,
        model: agent.model,
      });

      const first = await provider.complete(request);
      const problems = problemsOf(request, first);
      if (problems === null) return done(first.output as JsonValue, first.cost);

      const second = await provider.complete({ ...request, repair: { answer: first.text, problems } });
      const cost = addCosts(first.cost, second.cost);
      const remaining = problemsOf(request, second);
      if (remaining === null) return done(second.output as JsonValue, cost);
      throw outputInvalid(agent.slug, remaining, cost);
    },
  };
}

function checkInput({ agent, input }: AgentRequest): void {
  const problems = findSchemaProblems(agent.input_schema, input);
  const first = problems[0];
  if (first === undefined) return;
  throw new AgentError({
    code: 'invalid_input',
    message: `${first.pointer}: ${first.message}`,
    class: 'non_retryable',
    origin: 'executor',
    details: { pointer: first.pointer, errors: problems },
  });
}

function problemsOf({ agent }: AgentRequest, { output }: Completion): string | null {
  if (output === undefined) return 'the answer is not JSON';
  const problems = findSchemaProblems(agent.output_schema, output);
  return problems.length === 0 ? null : listProblems(problems);
}

function addCosts(a: StepCost, b: StepCost): StepCost {
  return { amount: a.amount + b.amount, currency: a.currency, tokens: a.tokens + b.tokens };
}

function outputInvalid(slug: string, problems: string, cost: StepCost): AgentError {
  return new AgentError({
    code: 'agent_output_invalid',
    message: `The output of agent "${slug}" does not fit its schema, also after one repair: ${problems}`.slice(0, 4096),
    class: 'retryable',
    origin: 'provider',
    details: { cost },
  });
}

function unknownProvider(name: string, known: string[]): AgentError {
  return new AgentError({
    code: 'agent_provider_unknown',
    message: `There is no agent provider "${name}": choose one of ${known.join(', ')}`,
    class: 'non_retryable',
    origin: 'executor',
  });
}
