import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLead } from '../leads/lead-change.js';
import { seedChanges } from '../seed/seed-changes.js';
import type { Change } from './change.js';
import { CrmStore } from './crm.store.js';

const AT = new Date().toISOString();
const seed = () => seedChanges(new Date(AT));
const call = (key: string): Change => ({ kind: 'call_received', key, method: 'POST', path: '/leads', body_sha256: 'h', at: AT });
const member = (leadId: string): Change => ({ kind: 'member_added', segment_id: 'seg_hot_leads', lead_id: leadId, at: AT });

let folder: string;
const stores: CrmStore[] = [];

/** What a restart after kill -9 would find: the bytes on disk at this moment. */
async function openAfterCrash(): Promise<CrmStore> {
  const copy = await mkdtemp(join(folder, 'crash-'));
  await cp(join(folder, 'data'), copy, { recursive: true });
  return openIn(copy);
}

async function openIn(path: string): Promise<CrmStore> {
  const store = await CrmStore.open(join(path, 'crm.json'), seed);
  stores.push(store);
  return store;
}

const open = () => openIn(join(folder, 'data'));
const logFile = async () => {
  const name = (await readdir(join(folder, 'data'))).find((file) => file.includes('.log.'));
  return join(folder, 'data', name ?? 'no log');
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crm-store-'));
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

describe('store', () => {
  it('finds every acknowledged commit after a crash', async () => {
    const store = await open();
    const commits = seed().flatMap((change) =>
      change.kind === 'lead_saved' ? [store.commit([member(change.lead.id), call(change.lead.id)])] : [],
    );
    await Promise.all(commits);
    const { state } = await openAfterCrash();
    expect(state).toEqual(store.state);
    expect(state.segments.get('seg_hot_leads')?.members.size).toBe(40);
  });

  it('applies a commit once although the snapshot is replaced while commits come', async () => {
    const store = await open();
    const total = 45_000;
    const commits: Promise<void>[] = [];
    for (let index = 0; index < total; index += 1) {
      commits.push(store.commit([call('k')]));
      if (index % 1_000 === 0) await Promise.race(commits.slice(-1));
    }
    await Promise.all(commits);
    expect((await openAfterCrash()).state.calls.get('k')?.count).toBe(total);
  });

  it('cuts a torn last line off and goes on', async () => {
    const store = await open();
    await store.commit([member('lead_0001')]);
    await appendFile(await logFile(), '[{"kind":"member_added","segment_id":"seg_hot');
    const survivor = await openAfterCrash();
    expect([...(survivor.state.segments.get('seg_hot_leads')?.members.keys() ?? [])]).toEqual(['lead_0001']);
    await survivor.commit([member('lead_0002')]);
    expect(survivor.state.segments.get('seg_hot_leads')?.members.size).toBe(2);
  });

  it('refuses to start on a broken line, naming it', async () => {
    const store = await open();
    await store.commit([member('lead_0001')]);
    await appendFile(await logFile(), 'garbage\n');
    await expect(openAfterCrash()).rejects.toThrow(/crm\.json\.log\.\d+, line 2 is not JSON/);
  });

  it('refuses a data file that is not its own', async () => {
    await writeFile(join(folder, 'crm.json'), '{"hello":"world"}');
    await expect(openIn(folder)).rejects.toThrow('crm.json is no CRM data: its format is undefined');
    expect(await readFile(join(folder, 'crm.json'), 'utf8')).toBe('{"hello":"world"}');
  });

  it('keeps everything over a clean stop, and seeds only once', async () => {
    const store = await open();
    const lead = createLead('lead_0041', { name: 'Ada', email: 'ada@x.example' }, AT);
    await store.commit([{ kind: 'lead_saved', lead }]);
    await store.close();
    const again = await open();
    expect(again.state.leads.size).toBe(41);
    expect(again.state.leadIdByEmail.get('ada@x.example')).toBe('lead_0041');
    expect(await readdir(join(folder, 'data'))).toHaveLength(2);
  });

  it('forgets keys of yesterday at the next snapshot', async () => {
    const store = await open();
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString();
    await store.commit([
      { kind: 'call_received', key: 'old', method: 'POST', path: '/leads', body_sha256: 'h', at: yesterday },
      call('new'),
    ]);
    await store.close();
    expect([...(await open()).state.calls.keys()]).toEqual(['new']);
  });

  it('rejects writes and says so once the disk refuses', async () => {
    const store = await open();
    const files = Reflect.get(store, 'files') as { close(): Promise<void> };
    await files.close();
    await expect(store.commit([member('lead_0001')])).rejects.toThrow('The CRM data could not be written.');
    await expect(store.commit([member('lead_0002')])).rejects.toThrow('The CRM data could not be written.');
    expect((await store.failed).message).toBe('The CRM data could not be written.');
  });
});
