import { describe, expect, it } from '@jest/globals';
import { OffsetWindow } from './offset-window.js';

const windowOf = (...offsets: string[]): OffsetWindow => {
  const window = new OffsetWindow();
  for (const offset of offsets) window.begin(offset);
  return window;
};

describe('OffsetWindow', () => {
  it('resolves nothing while an older message is at work', () => {
    const window = windowOf('10', '11', '12');
    expect(window.finish('11')).toBeUndefined();
    expect(window.finish('12')).toBeUndefined();
    expect(window.size).toBe(3);
  });

  it('resolves up to the oldest unfinished one', () => {
    const window = windowOf('10', '11', '12', '13');
    window.finish('11');
    expect(window.finish('10')).toBe('11');
    expect(window.finish('13')).toBeUndefined();
    expect(window.finish('12')).toBe('13');
    expect(window.size).toBe(0);
  });

  it('does not mind gaps and ignores what it does not know or saw finish already', () => {
    const window = windowOf('5', '9');
    expect(window.finish('7')).toBeUndefined();
    expect(window.finish('5')).toBe('5');
    expect(window.finish('5')).toBeUndefined();
    expect(window.finish('9')).toBe('9');
  });
});
