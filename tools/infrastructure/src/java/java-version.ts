/** Reads what `java -version` prints. */

export interface JavaVersion {
  /** 8, 11, 17, 21 … */
  readonly major: number;
  /** As printed, e.g. `21.0.8`. */
  readonly full: string;
}

/** `undefined` for output of something that is not a Java runtime. Java 8 and older print `1.8.0_…`. */
export function parseJavaVersion(output: string): JavaVersion | undefined {
  const full = /version "([^"]+)"/.exec(output)?.[1];
  const numbers = full === undefined ? null : /^(\d+)(?:\.(\d+))?/.exec(full);
  if (full === undefined || numbers === null) return undefined;
  const first = Number(numbers[1]);
  return { major: first === 1 ? Number(numbers[2]) : first, full };
}
