/**
 * Runs that a workspace may always have under way (admitted and queued or running), however busy the installation is. Up to here a run
 * that has no lane is admitted where it is accepted; past it the admitter of the orchestrator deals the places. Acceptors and admitter
 * need not agree on the number at every moment: it is a share, not a limit.
 */
export const WORKSPACE_SHARE = 200;
