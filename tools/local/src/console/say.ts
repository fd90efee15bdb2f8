/** Where lines for the person at the terminal go. Plain lines: the same in a terminal, a pipe and a build log. */
export type Say = (line: string) => void;

export const say: Say = (line) => void process.stdout.write(`${line}\n`);
