/** Owns a running CRM in a folder of its own, with a broker that can be taken away, and short calls to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCrmSimulator, type CrmSimulator, type CrmSimulatorOptions } from '../src/index.js';
import { RecordingPublisher } from './recording-publisher.js';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests look into bodies of every shape
  readonly body: any;
  readonly text: string;
}

export class CrmFixture {
  readonly crmBroker = new RecordingPublisher();
  readonly connectorBroker = new RecordingPublisher();
  readonly log: string[] = [];
  private crm: CrmSimulator | undefined;

  private constructor(
    private readonly folder: string,
    private readonly options: Partial<CrmSimulatorOptions>,
  ) {}

  static async start(options: Partial<CrmSimulatorOptions> = {}): Promise<CrmFixture> {
    const fixture = new CrmFixture(await mkdtemp(join(tmpdir(), 'crm-simulator-')), options);
    await fixture.open();
    return fixture;
  }

  async open(): Promise<void> {
    this.crm = await startCrmSimulator({
      brokers: [],
      dataFile: join(this.folder, 'crm.json'),
      workspaceId: 'ws_test',
      publisherOf: (topic) => (topic.startsWith('crm.') ? this.crmBroker : this.connectorBroker),
      log: (line) => this.log.push(line),
      ...this.options,
    });
  }

  async restart(): Promise<void> {
    await this.crm?.close();
    await this.open();
  }

  async stop(): Promise<void> {
    await this.crm?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const response = await fetch(`${this.crm?.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Sends bytes, then hangs up; resolves when the connection is gone. */
  sendPart(text: string): Promise<void> {
    const { port, hostname } = new URL(this.crm?.url ?? '');
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(text, () => socket.resetAndDestroy()));
      socket.once('error', reject);
      socket.once('close', () => resolve());
    });
  }
}
