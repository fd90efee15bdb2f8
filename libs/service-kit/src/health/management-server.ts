/**
 * Health and metrics on a port of their own, so that they are neither public nor behind the service's own queue of requests.
 * `/livez` never asks the database or the broker: restarting a process does not mend those.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runChecks, type Checks } from './health-checks.js';
import { ProcessMetrics } from './process-metrics.js';

export type Phase = 'starting' | 'running' | 'stopping';

export interface ManagementState {
  readonly service: string;
  phase: Phase;
  /** What must hold for the process to be left alive. */
  liveness: Checks;
  /** What must hold for it to get work. */
  readiness: Checks;
}

export class ManagementServer {
  private readonly server: Server;
  private readonly metrics: ProcessMetrics;

  constructor(private readonly state: ManagementState) {
    this.metrics = new ProcessMetrics(state.service);
    this.server = createServer((request, response) => {
      this.answer(request.url ?? '/', response).catch((error: Error) => send(response, 500, { error: error.message }));
    });
  }

  /** @returns the port, which the system chose where 0 was asked for. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.metrics.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    const { phase } = this.state;
    switch (url.split('?')[0]) {
      case '/livez':
        return this.report(response, this.state.liveness);
      case '/startupz':
        return send(response, phase === 'starting' ? 503 : 200, { status: phase });
      case '/readyz':
        if (phase !== 'running') return send(response, 503, { status: phase });
        return this.report(response, this.state.readiness);
      case '/metrics':
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(this.metrics.render());
        return;
      default:
        return send(response, 404, { error: 'Known paths: /livez, /readyz, /startupz, /metrics' });
    }
  }

  private async report(response: ServerResponse, checks: Checks): Promise<void> {
    const report = await runChecks(checks);
    send(response, report.ok ? 200 : 503, { status: report.ok ? 'ok' : 'failed', checks: report.checks });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
