import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { differenceInReplay, type RecordedHistory } from '../replay/recorded-history.js';

/**
 * Runs of real installations, recorded by tests/e2e/histories.spec.ts. A build that decides one of them otherwise breaks runs in flight:
 * then the change needs a version of its own in the plan, not another recording.
 */
const folder = new URL('../../histories/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as RecordedHistory;

describe('recorded histories', () => {
  it.each(files)('%s is decided as it was', (file) => {
    expect(differenceInReplay(read(file))).toBeNull();
  });

  it('are of every kind of fact but those that need hours', () => {
    const seen = new Set(files.flatMap((file) => read(file).facts.map(({ type }) => type)));
    expect(seen.size).toBeGreaterThanOrEqual(20);
  });

  it('are found to differ when a fact does', () => {
    const [file] = files;
    const history = read(file as string);
    expect(differenceInReplay({ ...history, facts: history.facts.slice(0, -1) })).toMatch(/^Fact \d+ was not there/);
    expect(differenceInReplay({ ...history, inputs: history.inputs.slice(0, 1) })).toMatch(/is now not there$/);
  });
});
