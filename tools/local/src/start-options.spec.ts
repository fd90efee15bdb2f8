import { describe, expect, it } from '@jest/globals';
import { parseStartOptions } from './start-options.js';

describe('parseStartOptions', () => {
  it.each([
    [[], { once: false, demo: true }],
    [['--once'], { once: true, demo: true }],
    [['--no-demo'], { once: false, demo: false }],
  ])('reads %j', (args, options) => {
    expect(parseStartOptions(args)).toEqual({ ok: true, options });
  });

  it.each([
    [['--onse'], /--onse/],
    [['now'], /now/],
    [['--once', '--no-demo'], /does not go with/],
    [['--help'], /^npm start/],
  ])('answers %j with what is possible', (args, message) => {
    expect(parseStartOptions(args)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });
});
