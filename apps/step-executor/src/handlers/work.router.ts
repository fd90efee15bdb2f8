import { Injectable } from '@nestjs/common';
import type { StepRunCommand } from '@flows/contracts';
import type { PreparedWork } from '../attempts/work.js';
import { AgentHandler } from './agent/agent.handler.js';
import { CodeHandler } from './code/code.handler.js';
import { ConnectorHandler } from './connector/connector.handler.js';
import { HttpHandler } from './http/http.handler.js';

/** Which handler prepares which kind of work. A kind without a handler does not compile. */
@Injectable()
export class WorkRouter {
  constructor(
    private readonly agents: AgentHandler,
    private readonly connectors: ConnectorHandler,
    private readonly http: HttpHandler,
    private readonly code: CodeHandler,
  ) {}

  /** May throw at once or reject: ActionError for a user's mistake, anything else when the database fails. */
  prepare(command: StepRunCommand): PreparedWork | Promise<PreparedWork> {
    const { work } = command;
    switch (work.kind) {
      case 'agent':
        return this.agents.prepare(command, work);
      case 'connector':
        return this.connectors.prepare(command, work);
      case 'http':
        return this.http.prepare(command, work);
      case 'code':
        return this.code.prepare(command, work);
    }
  }
}
