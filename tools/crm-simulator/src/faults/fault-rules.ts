/** Owns the faults that tests order: which of the next calls fail, wait or lose their answer. Kept in memory only. */

export interface FaultRule {
  readonly id: string;
  /** Path with `*` for any part of one segment and `**` for any rest. */
  readonly path_pattern: string;
  /** Upper case; null matches every method. */
  readonly method: string | null;
  /** Answer with this status and without effect. */
  readonly status: number | null;
  readonly retry_after: number | string | null;
  readonly delay_ms: number;
  /** Carry out the call, then cut the connection instead of answering. */
  readonly drop_reply: boolean;
  /** How many more calls it hits; null until deleted. */
  readonly times: number | null;
}

export class FaultRules {
  private rules: FaultRule[] = [];

  add(rule: FaultRule): void {
    this.rules.push(rule);
  }

  list(): readonly FaultRule[] {
    return this.rules;
  }

  clear(): void {
    this.rules = [];
  }

  /** The oldest rule that matches, with one of its times used up. */
  take(method: string, path: string): FaultRule | null {
    const rule = this.rules.find((candidate) => matches(candidate, method, path));
    if (!rule) return null;
    if (rule.times !== null) {
      const left = rule.times - 1;
      this.rules = this.rules.flatMap((other) => (other !== rule ? [other] : left > 0 ? [{ ...rule, times: left }] : []));
    }
    return rule;
  }
}

function matches(rule: FaultRule, method: string, path: string): boolean {
  return (rule.method === null || rule.method === method) && patternOf(rule.path_pattern).test(path);
}

function patternOf(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`);
}
