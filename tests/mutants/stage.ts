import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceUuid } from '@flows/contracts';
import { startRecordingProvider, type ChildService, type RecordingProvider, type ServiceName } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { collectEvidence } from '../invariants/evidence/collect-evidence.js';
import type { Conditions, Evidence } from '../invariants/evidence/evidence.js';
import { quiesce } from '../invariants/evidence/quiesce.js';
import { filesOf, prepareMutation, type Mutant } from './mutant.js';

/** What a scenario needs beside one healthy process of each service. */
export interface Cast {
  failpoints?: Partial<Record<ServiceName, string>>;
  replicas?: readonly ServiceName[];
  absent?: readonly ServiceName[];
}

/** A table for each scenario of its own; to be emptied afterwards, so that what a mutant has spoilt meets nobody. */
const TABLES = ['runs', 'run_facts', 'timers', 'effects', 'decisions', 'approvals', 'event_subscriptions', 'run_scopes'];

/**
 * One installation for many scenarios: services are exchanged for mutants and back, each scenario has a workspace, and is judged by what
 * is of that workspace alone.
 */
export class Stage {
  workspace!: Workspace;
  private readonly running = new Map<ServiceName, string>();
  private patchDir!: string;

  private constructor(
    readonly installation: Installation,
    readonly provider: RecordingProvider,
  ) {}

  static async open(): Promise<Stage> {
    const [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
    const stage = new Stage(installation, provider);
    stage.patchDir = await mkdtemp(join(tmpdir(), 'flows-mutant-'));
    installation.providers.push(provider);
    for (const name of installation.services.keys()) stage.running.set(name, 'healthy');
    return stage;
  }

  async close(): Promise<void> {
    await this.installation.close();
    await this.provider.close();
    await rm(this.patchDir, { recursive: true, force: true });
  }

  /** Plays a scenario, as the mutant or in health, and returns what it leaves. */
  async play(cast: Cast, mutant: Mutant | null, act: (stage: Stage) => Promise<Partial<Conditions>>): Promise<Evidence> {
    this.provider.reset();
    this.installation.history.operations.length = 0;
    this.installation.wounds.faults = false;
    this.workspace = await this.installation.createWorkspace();
    await this.seat(cast, mutant);
    try {
      const conditions = await act(this);
      // The healthy come to rest; what a mutant has left undone may stay undone.
      await quiesce(this.installation, { timeoutMs: mutant === null ? 25_000 : 5_000, work: false }).catch((error: unknown) => {
        if (mutant === null) throw error;
      });
      return this.ownOf(await collectEvidence(this.installation, conditions));
    } finally {
      await this.strike(cast);
    }
  }

  /** SIGKILL, for scenarios; another takes its place afterwards. */
  async kill(process: ChildService): Promise<void> {
    await process.kill9();
    for (const [name, seated] of this.installation.services) if (seated === process) this.running.set(name, 'dead');
  }

  private async seat({ failpoints = {}, replicas = [], absent = [] }: Cast, mutant: Mutant | null): Promise<void> {
    for (const name of ['trigger-listener', 'orchestrator', 'step-executor'] as const) {
      const points = failpoints[name];
      const wanted = absent.includes(name)
        ? 'absent'
        : `${mutant?.service === name ? mutant.name : 'healthy'} ${points ?? ''}`.trim();
      if (this.running.get(name) === wanted && points === undefined) continue;
      if (this.installation.services.has(name)) await leave(this.installation.service(name));
      this.running.set(name, wanted);
      if (wanted === 'absent') {
        this.installation.services.delete(name);
        continue;
      }
      this.installation.services.set(name, await this.startAs(name, mutant, points === undefined ? {} : { FAILPOINTS: points }));
    }
    for (const name of replicas) await this.startAs(name, mutant, {});
  }

  /** @throws when the process does not say that it is the mutant. */
  private async startAs(name: ServiceName, mutant: Mutant | null, env: Record<string, string>): Promise<ChildService> {
    if (mutant?.service !== name) return this.installation.startReplica(name, env);
    const mutation = await prepareMutation(mutant, join(this.patchDir, 'patches.json'));
    const process = await this.installation.startReplica(
      name,
      { ...env, ...mutation.env },
      { nodeArguments: mutation.nodeArguments },
    );
    const missing = filesOf(mutant).filter((file) => !process.logs().includes(`mutant applied to ${file}`));
    if (missing.length > 0) throw new Error(`Mutant "${mutant.name}": ${name} never loaded ${missing.join(', ')}`);
    return process;
  }

  /** Ends what only this scenario had, and empties what it leaves. */
  private async strike({ replicas = [] }: Cast): Promise<void> {
    const kept = new Set(this.installation.services.values());
    const others = this.installation.replicas.filter((process) => !kept.has(process));
    if (replicas.length > 0) await Promise.all(others.map(leave));
    const id = workspaceUuid(this.workspace.id);
    for (const table of TABLES) await this.installation.database.query(`delete from ${table} where workspace_id = $1`, [id]);
  }

  private ownOf(evidence: Evidence): Evidence {
    const id = workspaceUuid(this.workspace.id) as string;
    const runs = new Set(evidence.runs.filter(({ workspace_id }) => workspace_id === id).map((run) => run.id));
    const own = <T extends { workspace_id: string }>(rows: T[]) => rows.filter(({ workspace_id }) => workspace_id === id);
    const versions = own(evidence.versions);
    return {
      ...evidence,
      runs: own(evidence.runs),
      facts: evidence.facts.filter((fact) => fact.workspace_id === id || runs.has(fact.run_id)),
      timers: own(evidence.timers),
      effects: own(evidence.effects),
      decisions: own(evidence.decisions),
      approvals: own(evidence.approvals),
      subscriptions: own(evidence.subscriptions),
      scopes: own(evidence.scopes),
      versions,
      triggers: own(evidence.triggers),
      records: evidence.records.filter(({ headers, value }) =>
        (headers['ce_workspaceid'] ?? value ?? '').includes(headers['ce_workspaceid'] === undefined ? this.workspace.id : id),
      ),
      calls: evidence.calls.filter(({ workspace_id }) => workspace_id === id || workspace_id === null),
    };
  }
}

/** Leaves its groups in order, so that nobody waits for it; a mutant that cannot is made to. */
async function leave(process: ChildService): Promise<void> {
  const tooLong = setTimeout(() => void process.kill9(), 5_000);
  await process.stop();
  clearTimeout(tooLong);
}
