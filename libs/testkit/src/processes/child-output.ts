import type { ChildProcess } from 'node:child_process';

/** Bounded, so that a chatty process of a long test does not fill the memory; the end is what explains a failure. */
const MAX_LINES = 5_000;

/** Collects what a process writes, line by line, stdout and stderr together. */
export function collectOutput(child: ChildProcess): () => string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      if (lines.length > MAX_LINES) lines.splice(0, lines.length - MAX_LINES);
    });
    stream?.on('end', () => {
      if (rest !== '') lines.push(rest);
    });
  }
  return () => [...lines];
}
