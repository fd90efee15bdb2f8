import { describe, expect, it } from '@jest/globals';
import { fitMessages } from './fit-messages.js';

const large = 'x'.repeat(4_200_000);
const event = { topic: 'events', key: 'r', value: JSON.stringify({ seq: 7, type: 'step.completed', data: { output: large } }) };
const command = { topic: 'commands', key: 'r', value: JSON.stringify({ input: large }) };
const small = { topic: 'commands', key: 'r', value: '{}' };

describe('fitMessages', () => {
  it('takes its data out of a run event that no record can hold, refuses any other message, and lets the rest go', () => {
    const { messages, refused } = fitMessages([small, event, command], 'events');
    expect(messages.map(({ value }) => String(value).slice(0, 100))).toEqual([
      '{}',
      '{"seq":7,"type":"step.completed","data":{"too_large":true}}',
    ]);
    expect(refused.map(({ topic }) => topic)).toEqual(['commands']);
  });

  it('counts bytes, not characters', () => {
    const wide = { topic: 'commands', key: 'r', value: '€'.repeat(1_400_000) };
    expect(fitMessages([wide], 'events').refused).toHaveLength(1);
  });
});
