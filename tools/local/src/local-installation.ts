/**
 * Everything that `npm start` runs, from the servers up to the simulated CRM.
 *
 *   claim `.flows` ─► PostgreSQL, Kafka ─► schema, topics ─► services ─► (a workspace) ─► CRM     stop: the same way back
 *
 * Owns the order and the dev file; refuses to know how a workspace comes to be.
 */
import { claimDataDir, type DataDirClaim } from '@flows/infrastructure';
import { createAdminToken } from './admin-token.js';
import type { Say } from './console/say.js';
import { DevFileStore, readDevFile } from './dev-file/dev-file.store.js';
import type { DevFile } from './dev-file/dev-file.js';
import { LocalInfrastructure } from './infrastructure/local-infrastructure.js';
import { PATHS } from './installation.js';
import type { LocalConfig } from './local.config.js';
import { chooseCrmPort, chooseGatewayPort, portOf } from './services/ports.js';
import { appSpecs, CRM, crmSpec, type ServicePlaces } from './services/service-specs.js';
import { Supervisor } from './services/supervisor.js';

export class LocalInstallation {
  private claim: DataDirClaim | undefined;
  private crmClaim: DataDirClaim | undefined;
  private infrastructure: LocalInfrastructure | undefined;
  private supervisor: Supervisor | undefined;
  private places: ServicePlaces | undefined;
  private store: DevFileStore | undefined;
  private starting: Promise<DevFileStore> | undefined;
  private stopping = false;

  constructor(
    private readonly config: LocalConfig,
    private readonly say: Say,
  ) {}

  /** Resolves when all but the CRM is ready. When it rejects, `stop` is still to be called. */
  start(): Promise<DevFileStore> {
    return (this.starting ??= this.startInOrder());
  }

  /** The CRM, whose events belong to this workspace. To be called after `start`. */
  async startCrm(workspaceId: string): Promise<void> {
    if (!this.places) throw new Error('The CRM needs a broker: start the installation first.');
    this.crmClaim = await claimDataDir(PATHS.crm, 'The CRM simulator', this.say);
    await this.supervisor?.start([crmSpec(this.config, this.places, workspaceId)]);
  }

  /** Ends what was started so far, services first. Called while a start is under way, that start fails soon and leaves nothing. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.supervisor?.stop();
    await this.starting?.catch(() => undefined);
    await this.supervisor?.stop();
    await this.infrastructure?.stop();
    await this.store?.update({ pids: {} });
    await this.crmClaim?.release();
    await this.claim?.release();
    if (this.infrastructure) this.say('Stopped. The data stays for the next start.');
  }

  /** Ends the services without asking them. The servers are ended by their leashes when this process is gone. */
  kill(): void {
    this.supervisor?.kill();
  }

  private async startInOrder(): Promise<DevFileStore> {
    this.claim = await claimDataDir(PATHS.state, 'Flows', this.say);
    const previous = await readDevFile(PATHS.devFile);
    this.infrastructure = await LocalInfrastructure.start(this.config, PATHS.state, this.say);
    this.goOn();
    await this.infrastructure.prepare(this.config);

    const file = await this.choosePlaces(previous, this.infrastructure);
    const store = (this.store = new DevFileStore(PATHS.devFile, file));
    await store.update({});
    this.infrastructure.keep((server, pid) => void store.notePid(server, pid));
    await this.startServices(store, this.infrastructure);
    return store;
  }

  private async choosePlaces(previous: DevFile | null, infrastructure: LocalInfrastructure): Promise<DevFile> {
    const gatewayPort = await chooseGatewayPort(this.config.port, portOf(previous?.gateway_url), this.say);
    const crmPort = await chooseCrmPort(portOf(previous?.crm_url));
    return {
      gateway_url: `http://127.0.0.1:${gatewayPort}`,
      workspace_id: previous?.workspace_id ?? null,
      token: previous?.token ?? null,
      admin_token: this.config.adminToken ?? previous?.admin_token ?? createAdminToken(),
      kafka_brokers: infrastructure.kafkaBrokers,
      database_url: infrastructure.databaseUrl,
      crm_url: `http://127.0.0.1:${crmPort}`,
      pids: { local: process.pid },
    };
  }

  private async startServices(store: DevFileStore, { databaseUrl, kafkaBrokers }: LocalInfrastructure): Promise<void> {
    const { gateway_url, crm_url, admin_token: adminToken } = store.file;
    this.places = { databaseUrl, kafkaBrokers, gatewayPort: portOf(gateway_url) ?? 0, crmPort: portOf(crm_url) ?? 0, adminToken };
    this.goOn();
    this.say('Starting the services …');
    this.supervisor = new Supervisor(this.say, (service, pid) => {
      void store.notePid(service, pid);
      // INVARIANT: two processes must not write the CRM's data. Should we be killed, the next start ends this one first.
      if (service === CRM && pid !== undefined) void this.crmClaim?.recordServer(pid);
    });
    await this.supervisor.start(appSpecs(this.config, this.places));
  }

  private goOn(): void {
    if (this.stopping) throw new Error('The start was stopped.');
  }
}
