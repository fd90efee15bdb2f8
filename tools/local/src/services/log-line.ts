/** Reads what services log: one JSON object a line. Text that is none (a stack of Node itself, a plain sentence) is kept as text. */
export interface LogLine {
  readonly level: 'quiet' | 'warn' | 'error';
  /** It was no JSON. */
  readonly plain: boolean;
  /** One line for a person. */
  readonly text: string;
}

export function parseLogLine(line: string): LogLine | null {
  const trimmed = line.trim();
  if (trimmed === '') return null;
  const fields = trimmed.startsWith('{') ? parseObject(trimmed) : null;
  if (fields === null) return { level: 'quiet', plain: true, text: trimmed };
  return { level: levelOf(fields['level']), plain: false, text: describe(fields) };
}

/**
 * Of the last lines of a process that died, the one that says why: Node's own report of an uncaught error ends with its stack, its
 * properties and the version of Node.
 */
export function findCause(lastWords: readonly string[]): string | undefined {
  return lastWords.findLast((line) => /^(Uncaught )?[A-Za-z]*Error\b/.test(line)) ?? lastWords.at(-1);
}

/** `cannot start: connect ECONNREFUSED`; of a check that fails also which one. */
function describe(fields: Record<string, unknown>): string {
  const message = typeof fields['msg'] === 'string' ? fields['msg'] : '';
  const error = fields['err'] as { message?: unknown } | undefined;
  const reason = typeof error?.message === 'string' ? error.message : failingChecks(fields['checks']);
  return [message, reason]
    .filter((part) => part !== '')
    .join(': ')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function failingChecks(checks: unknown): string {
  if (typeof checks !== 'object' || checks === null) return '';
  return Object.entries(checks)
    .filter(([, state]) => state !== 'ok')
    .map(([name, state]) => `${name}: ${String(state)}`)
    .join(', ');
}

function levelOf(level: unknown): LogLine['level'] {
  if (level === 'error' || level === 'fatal') return 'error';
  return level === 'warn' ? 'warn' : 'quiet';
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
