/** Takes one line of progress, already readable by a person. Callers decide where it goes. */
export type Log = (line: string) => void;
