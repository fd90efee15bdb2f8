import type { SimResult } from './simulate.js';

const STATUSES = ['queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'timed_out'];
const INPUTS = [
  'run.requested',
  'step.reported',
  'step.progressed',
  'timer.fired',
  'event.received',
  'approval.decided',
  'child.ended',
  'control.pause',
  'control.resume',
  'control.cancel',
  'control.terminate',
  'control.retry',
  'run.nudged',
];

/** How often which input met a run of which status, as `decided/ignored`. */
export class Coverage {
  private readonly cells = new Map<string, { decided: number; ignored: number }>();

  add(coverage: SimResult['coverage']): void {
    for (const [key, { decided, ignored }] of coverage) {
      const cell = this.cells.get(key) ?? { decided: 0, ignored: 0 };
      this.cells.set(key, { decided: cell.decided + decided, ignored: cell.ignored + ignored });
    }
  }

  table(): string {
    const width = 14;
    const head = ['', ...STATUSES].map((text, index) => text.padEnd(index === 0 ? 18 : width)).join('');
    const rows = INPUTS.map((input) => {
      const cells = STATUSES.map((status) => {
        const cell = this.cells.get(`${status} ${input}`);
        return (cell === undefined ? '·' : `${cell.decided}/${cell.ignored}`).padEnd(width);
      });
      return `${input.padEnd(18)}${cells.join('')}`;
    });
    return [head, ...rows].map((line) => line.trimEnd()).join('\n');
  }
}
