import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's CPU in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that a process (and its children, where it is a family as PostgreSQL is) has used so far, or null where /proc is not there.
 * On a machine that others use as well this says more than the wall clock.
 */
export function cpuSecondsOf(pid: number, withChildren: boolean): number | null {
  try {
    let ticks = 0;
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const fields = statFields(entry);
      if (fields !== null && (Number(entry) === pid || (withChildren && Number(fields[1]) === pid)))
        ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** Fields of /proc/<pid>/stat from the state on: [0] state, [1] parent, [11] user, [12] system. The name before may hold anything. */
function statFields(pid: string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
