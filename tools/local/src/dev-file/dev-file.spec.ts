import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDevFile, parseDevFile, type DevFile } from './dev-file.js';
import { DevFileStore, readDevFile } from './dev-file.store.js';

const FILE: DevFile = {
  gateway_url: 'http://127.0.0.1:3000',
  workspace_id: null,
  token: null,
  admin_token: 'flows_admin_x',
  kafka_brokers: '127.0.0.1:9092',
  database_url: 'postgres://postgres:x@127.0.0.1:5432/flows',
  crm_url: 'http://127.0.0.1:3001',
  pids: { local: 1 },
};

describe('parseDevFile', () => {
  it('reads what was written', () => {
    expect(parseDevFile(formatDevFile(FILE))).toEqual({ ok: true, file: FILE });
  });

  it.each([
    ['{', /^it is not JSON/],
    ['[]', /^it is no JSON object$/],
    [JSON.stringify({ ...FILE, admin_token: undefined }), /^admin_token is missing$/],
    [JSON.stringify({ ...FILE, token: 7 }), /^token is neither a text nor null$/],
    [JSON.stringify({ ...FILE, pids: { local: '1' } }), /^pids is no object of process ids$/],
  ])('says what is wrong with %s', (text, problem) => {
    expect(parseDevFile(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});

describe('DevFileStore', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flows-dev-file-'));
    path = join(folder, '.flows', 'dev.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps the file for its owner alone, with the last change in it', async () => {
    expect(await readDevFile(path)).toBeNull();
    const store = new DevFileStore(path, FILE);
    await Promise.all([
      store.update({ workspace_id: 'ws_1', token: 'tnx_1' }),
      store.notePid('orchestrator', 2),
      store.notePid('orchestrator', 3),
      store.notePid('local', undefined),
    ]);
    expect(await readDevFile(path)).toEqual({ ...FILE, workspace_id: 'ws_1', token: 'tnx_1', pids: { orchestrator: 3 } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('tells what to do about a file that is none of ours', async () => {
    await new DevFileStore(path, FILE).update({});
    writeFileSync(path, '{}');
    await expect(readDevFile(path)).rejects.toThrow(/cannot be used: gateway_url is missing\. Remove it/);
  });
});
