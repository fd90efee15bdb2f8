import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@flows/service-kit';
import { commandOf } from '../../test/command.builder.js';
import type { DeliveredCommand } from '../commands/delivered-command.js';
import type { ReportPublisher, SignOfLife } from '../reports/report.publisher.js';
import { Attempt, Cancelled } from './attempt.js';
import { AttemptsUnderWay } from './attempts-under-way.js';
import { ProgressReporter } from './progress.reporter.js';

const START = 1_000_000;

function reporterOf() {
  const sent: SignOfLife[] = [];
  const reports = { publishProgress: (sign: SignOfLife) => (sent.push(sign), Promise.resolve()) };
  const underWay = new AttemptsUnderWay();
  const command = commandOf({ workspaceId: 'w', work: { kind: 'agent', agent: 'a' } });
  const attempt = new Attempt(command);
  attempt.startedAt = START;
  const delivered = { command } as DeliveredCommand;
  underWay.add({ delivered, turns: [], takenAt: START, attempt, traceparent: undefined, signs: 0, lastSignAt: 0 });
  const logger = createLogger({ service: 'test', level: 'silent' });
  return { sent, attempt, reporter: new ProgressReporter(underWay, reports as unknown as ReportPublisher, logger) };
}

describe('ProgressReporter', () => {
  it('says that an attempt is alive after five seconds, then every fifteen', () => {
    const { sent, reporter } = reporterOf();
    const times: number[] = [];
    for (let seconds = 0; seconds <= 40; seconds += 1) {
      const before = sent.length;
      reporter.look(START + seconds * 1_000);
      if (sent.length > before) times.push(seconds);
    }
    expect(times).toEqual([5, 20, 35]);
    expect(sent.map(({ sign }) => sign)).toEqual([1, 2, 3]);
  });

  it('hands over what the handler said last, if it is small enough', () => {
    const { sent, attempt, reporter } = reporterOf();
    attempt.progress({ done: 1 });
    attempt.progress({ done: 2 });
    attempt.progress({ text: 'x'.repeat(5_000) });
    reporter.look(START + 5_000);
    expect(sent).toEqual([expect.objectContaining({ progress: { done: 2 }, startedAt: START })]);
  });

  it('says nothing of what waits or was stopped', () => {
    const { sent, attempt, reporter } = reporterOf();
    attempt.startedAt = 0;
    reporter.look(START + 60_000);
    attempt.startedAt = START;
    attempt.abort(new Cancelled('stop'));
    reporter.look(START + 60_000);
    expect(sent).toEqual([]);
  });
});
