import { describe, expect, it } from '@jest/globals';
import type { OffsetsByTopicPartition } from 'kafkajs';
import { recordingLogger } from '../../test/kafka-fixture.js';
import { OffsetCommitter } from './offset-committer.js';

const NEVER_MS = 1_000_000;
const at = (partition: number, offset: string): OffsetsByTopicPartition => ({
  topics: [{ topic: 't', partitions: [{ partition, offset }] }],
});

const createCommitter = (intervalMs = NEVER_MS) => {
  const log = recordingLogger();
  const commits: OffsetsByTopicPartition[] = [];
  const committer = new OffsetCommitter('g', intervalMs, log);
  committer.commitThrough(async (offsets) => void commits.push(offsets));
  return { committer, commits, log };
};

describe('OffsetCommitter', () => {
  it('commits one past the highest resolved offset, once', async () => {
    const { committer, commits } = createCommitter();
    committer.resolve('t', 0, '7');
    committer.resolve('t', 0, '5');
    await committer.flush();
    await committer.flush();
    expect(commits).toEqual([at(0, '8')]);
  });

  it('commits by itself after the interval', async () => {
    const { committer, commits } = createCommitter(1);
    committer.resolve('t', 0, '0');
    while (commits.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(commits).toEqual([at(0, '1')]);
  });

  it('keeps offsets beyond what a number can hold', async () => {
    const { committer, commits } = createCommitter();
    committer.resolve('t', 0, '9007199254740993');
    await committer.flush();
    expect(commits).toEqual([at(0, '9007199254740994')]);
    committer.forgetAssignment();
  });

  it('has one request under way at a time and then commits what came meanwhile', async () => {
    const { committer } = createCommitter();
    const commits: OffsetsByTopicPartition[] = [];
    const ends: (() => void)[] = [];
    committer.commitThrough((offsets) => {
      commits.push(offsets);
      return new Promise((resolve) => ends.push(resolve));
    });
    committer.resolve('t', 0, '0');
    const first = committer.flush();
    committer.resolve('t', 0, '1');
    const second = committer.flush();
    expect(commits).toEqual([at(0, '1')]);
    ends.shift()!();
    await first;
    while (commits.length < 2) await Promise.resolve();
    expect(commits[1]).toEqual(at(0, '2'));
    ends.shift()!();
    await second;
  });

  it('tries again after a failure, without telling the handler', async () => {
    const { committer, commits, log } = createCommitter();
    committer.commitThrough(() => Promise.reject(new Error('coordinator is gone')));
    committer.resolve('t', 0, '0');
    await committer.flush();
    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
    committer.commitThrough(async (offsets) => void commits.push(offsets));
    await committer.flush();
    expect(commits).toEqual([at(0, '1')]);
  });

  it('forgets what belonged to an earlier assignment', async () => {
    const { committer, commits } = createCommitter();
    committer.resolve('t', 0, '0');
    committer.forgetAssignment();
    await committer.flush();
    expect(commits).toEqual([]);
  });

  it('warns when the group is set back behind what it had committed (row 8)', async () => {
    const { committer, log } = createCommitter();
    committer.resolve('t', 0, '41');
    await committer.flush();
    committer.forgetAssignment();
    committer.noteDelivered('t', 0, '42');
    expect(log.lines).toEqual([]);
    committer.noteDelivered('t', 0, '0');
    expect(log.lines).toMatchObject([
      { level: 'warn', fields: { group: 'g', topic: 't', partition: 0, firstOffset: '0', committed: '42' } },
    ]);
  });
});
