import { RUN_INPUT_TYPES, RUN_STATUSES } from '@flows/contracts';
import type { SimResult } from './simulate.js';

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
    const head = ['', ...RUN_STATUSES].map((text, index) => text.padEnd(index === 0 ? 18 : width)).join('');
    const rows = RUN_INPUT_TYPES.map((input) => {
      const cells = RUN_STATUSES.map((status) => {
        const cell = this.cells.get(`${status} ${input}`);
        return (cell === undefined ? '·' : `${cell.decided}/${cell.ignored}`).padEnd(width);
      });
      return `${input.padEnd(18)}${cells.join('')}`;
    });
    return [head, ...rows].map((line) => line.trimEnd()).join('\n');
  }
}
