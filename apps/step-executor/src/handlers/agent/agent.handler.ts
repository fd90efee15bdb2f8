import { Inject, Injectable } from '@nestjs/common';
import type { AgentRuntime } from '@flows/agents';
import type { StepRunCommand } from '@flows/contracts';
import type { PreparedWork } from '../../attempts/work.js';
import { CatalogueCache, type CatalogueAgent } from '../../catalogue/catalogue.cache.js';
import { AGENT_RUNTIME } from '../../step-executor.tokens.js';
import { refusal, requireConnected } from '../connection-status.js';

type AgentWork = Extract<StepRunCommand['work'], { kind: 'agent' }>;

/** A call of an agent. Nothing outside changes by it, but it costs: the ledger keeps its answer, and it may be repeated. */
@Injectable()
export class AgentHandler {
  constructor(
    private readonly catalogue: CatalogueCache,
    @Inject(AGENT_RUNTIME) private readonly runtime: AgentRuntime,
  ) {}

  prepare(command: StepRunCommand, work: AgentWork): PreparedWork | Promise<PreparedWork> {
    const agent = this.catalogue.agent(command.workspace_id, work.agent);
    if (agent instanceof Promise) return agent.then((found) => this.prepareWith(work, found));
    if (isReady(agent)) return this.prepareWith(work, agent);
    // A second ago it could not run: it may be able to by now.
    return this.catalogue.freshAgent(command.workspace_id, work.agent).then((found) => this.prepareWith(work, found));
  }

  private prepareWith(work: AgentWork, agent: CatalogueAgent | null): PreparedWork {
    if (agent === null) throw refusal('agent_unknown', 'non_retryable', `The workspace has no agent "${work.agent}"`);
    requireConnections(agent);
    return {
      effect: 'keyed',
      describe: { kind: 'agent', agent: agent.slug, provider: agent.provider, model: agent.model },
      run: async (attempt) => {
        const { input, command } = attempt;
        const { output, cost, provider, model } = await this.runtime.run({
          agent,
          input,
          idempotencyKey: command.idempotency_key,
          signal: attempt.signal,
        });
        return { output, cost, receipt: { made_by: provider, model, tokens: cost.tokens } };
      },
    };
  }
}

function isReady(agent: CatalogueAgent | null): boolean {
  return agent !== null && Object.values(agent.required_connections).every((status) => status === 'connected');
}

/** An agent whose required connection is missing refuses before it runs: half of what it needs gives worse answers than none. */
function requireConnections(agent: CatalogueAgent): void {
  for (const [name, status] of Object.entries(agent.required_connections)) {
    if (status === null) {
      const message = `The agent "${agent.slug}" needs the connection "${name}", which the workspace does not have`;
      throw refusal('connector_missing', 'non_retryable', message, name);
    }
    requireConnected(name, status);
  }
}
