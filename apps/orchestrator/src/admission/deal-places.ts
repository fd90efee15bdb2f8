/** A run that could start now: nothing but the number of places keeps it. */
export interface Candidate {
  readonly id: string;
  readonly priority: number;
  /** Of its creation; only compared. */
  readonly createdUs: number;
}
export interface Contender {
  /** Runs of the workspace that are admitted, and queued or running. */
  readonly underWay: number;
  /** In the order in which they are to start. */
  readonly candidates: readonly Candidate[];
}

/**
 * Deals places one by one, each to the workspace that then has the fewest runs under way (max-min fair): while there are free ones, and
 * beyond them up to each workspace's share. Between equals the run that has waited longest is first. What a workspace has queued, and in
 * how many lanes, does not matter: only what it has under way.
 *
 * @param free places left in the window.
 * @returns ids to admit, at most `batch`.
 */
export function dealPlaces(contenders: readonly Contender[], free: number, share: number, batch: number): string[] {
  const claims = contenders.flatMap(({ underWay, candidates }) =>
    candidates.map(({ id, createdUs }, index) => ({ id, createdUs, level: underWay + index + 1 })),
  );
  claims.sort((a, b) => a.level - b.level || a.createdUs - b.createdUs);
  const dealt: string[] = [];
  for (const { id, level } of claims) {
    if (dealt.length >= batch || (dealt.length >= free && level > share)) break;
    dealt.push(id);
  }
  return dealt;
}

/** The order in which the runs of one workspace start. */
export function inStartingOrder(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort(
    (a, b) => b.priority - a.priority || a.createdUs - b.createdUs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}
