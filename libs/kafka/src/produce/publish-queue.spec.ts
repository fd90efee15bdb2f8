import { describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '../kafka-driver.port.js';
import { PublishQueue, splitBySize, type Parcel } from './publish-queue.js';

const message = (value: string): OutgoingMessage => ({ topic: 't', key: 'k', value });
const parcel = (value: string, sizeBytes = 1): Parcel => ({
  messages: [message(value)],
  sizeBytes,
  deadlineAt: Infinity,
  delivered() {},
  failed() {},
});
const values = (parcels: readonly Parcel[]) => parcels.flatMap(({ messages }) => messages.map(({ value }) => value));

/** A line whose requests end one by one, when the test says so. */
const recordingLine = (maxRequestBytes = 100) => {
  const requests: unknown[][] = [];
  const ends: (() => void)[] = [];
  const queue = new PublishQueue((parcels) => {
    requests.push(values(parcels));
    return new Promise((resolve) => ends.push(resolve));
  }, maxRequestBytes);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { queue, requests, endRequest: () => (ends.shift()!(), turn()), turn };
};

describe('PublishQueue', () => {
  it('sends what is published in one turn in one request, without a timer', async () => {
    const { queue, requests, turn } = recordingLine();
    for (const value of ['a', 'b', 'c']) queue.add(parcel(value));
    await turn();
    expect(requests).toEqual([['a', 'b', 'c']]);
  });

  it('collects what arrives while a request is under way for the next one, in order', async () => {
    const { queue, requests, endRequest, turn } = recordingLine();
    queue.add(parcel('a'));
    await turn();
    queue.add(parcel('b'));
    await turn();
    queue.add(parcel('c'));
    await turn();
    expect(requests).toEqual([['a']]);
    await endRequest();
    expect(requests).toEqual([['a'], ['b', 'c']]);
  });

  it('cuts a request at the size limit and goes on with the rest', async () => {
    const { queue, requests, endRequest, turn } = recordingLine(10);
    for (const value of ['a', 'b', 'c']) queue.add(parcel(value, 5));
    await turn();
    await endRequest();
    expect(requests).toEqual([['a', 'b'], ['c']]);
  });

  it('sends a parcel above the limit alone rather than never', async () => {
    const { queue, requests, turn } = recordingLine(10);
    queue.add(parcel('a', 50));
    queue.add(parcel('b', 1));
    await turn();
    expect(requests).toEqual([['a']]);
  });

  it('is idle when the last request has ended', async () => {
    const { queue, endRequest, turn } = recordingLine();
    queue.add(parcel('a'));
    await turn();
    let idle = false;
    void queue.whenIdle().then(() => (idle = true));
    await turn();
    expect(idle).toBe(false);
    await endRequest();
    expect(idle).toBe(true);
  });
});

describe('splitBySize', () => {
  it('cuts in order into pieces that fit', () => {
    const pieces = splitBySize(['a', 'b', 'c', 'd'].map(message), () => 4, 10);
    expect(pieces.map((piece) => piece.messages.map(({ value }) => value))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(pieces.map(({ sizeBytes }) => sizeBytes)).toEqual([8, 8]);
  });
});
