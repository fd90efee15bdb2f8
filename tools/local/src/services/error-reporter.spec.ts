import { describe, expect, it } from '@jest/globals';
import { ErrorReporter } from './error-reporter.js';

describe('ErrorReporter', () => {
  it('says the first error at once, then one in five seconds with the number of those left out', () => {
    const said: string[] = [];
    let now = 0;
    const reporter = new ErrorReporter(
      'orchestrator',
      'logs/orchestrator.log',
      (line) => said.push(line),
      () => now,
    );
    for (const text of ['a', 'b', 'c']) reporter.report(text);
    now = 5_000;
    reporter.report('d');
    now = 10_000;
    reporter.report('e');
    expect(said).toEqual([
      'orchestrator error: a',
      'orchestrator error: d (and 2 more, see logs/orchestrator.log)',
      'orchestrator error: e',
    ]);
  });
});
