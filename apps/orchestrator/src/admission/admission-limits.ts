import { WORKSPACE_SHARE } from '@flows/postgres';

export interface AdmissionLimits {
  /**
   * Admitted runs that may be queued or running over the whole installation before the backlog has to wait. What is admitted stands in
   * Kafka ahead of whoever comes next, so this bounds how long a newcomer waits behind others: some tenths of a second of work.
   */
  readonly window: number;
  /** What each workspace may have under way even when others fill the window, with runs that take minutes for example. */
  readonly share: number;
  /** Runs admitted in one round, hence published together. */
  readonly batch: number;
  /** How far a round looks into the backlog of one workspace; all workspaces together get four times as much. */
  readonly scan: number;
  /** Lanes that a round looks at, of a workspace whose backlog begins with that many runs of full lanes. */
  readonly lanes: number;
}

export const ADMISSION_LIMITS: AdmissionLimits = { window: 2_000, share: WORKSPACE_SHARE, batch: 500, scan: 1_000, lanes: 1_000 };
