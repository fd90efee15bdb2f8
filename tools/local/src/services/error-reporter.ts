/** Shows errors that a service logs while it runs, without drowning the terminal when it logs many. */
import type { Say } from '../console/say.js';

const QUIET_MS = 5_000;
const MAX_LENGTH = 300;

export class ErrorReporter {
  private quietUntil = 0;
  private unsaid = 0;

  constructor(
    private readonly service: string,
    private readonly logFile: string,
    private readonly say: Say,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Says the first one at once, then at most one in five seconds, with the number of those left out. */
  report(text: string): void {
    if (this.now() < this.quietUntil) {
      this.unsaid += 1;
      return;
    }
    const more = this.unsaid === 0 ? '' : ` (and ${this.unsaid} more, see ${this.logFile})`;
    const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
    this.say(`${this.service} error: ${short}${more}`);
    this.unsaid = 0;
    this.quietUntil = this.now() + QUIET_MS;
  }
}
