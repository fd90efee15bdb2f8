/** Every place where a test may make a process die, throw or wait. The names are the contract with tests/chaos. */
export const FAILPOINTS = [
  'orchestrator.before_fold',
  'orchestrator.after_commit_before_publish',
  'orchestrator.after_publish_before_offsets',
  'orchestrator.timer_before_publish',
  'orchestrator.timer_after_publish',
  'orchestrator.admitted_before_publish',
  'listener.after_commit_before_publish',
  'listener.after_publish_before_offsets',
  'executor.after_claim',
  'executor.after_effect_before_ledger',
  'executor.after_ledger_before_report',
  'executor.after_report_before_offsets',
  'gateway.after_insert_before_publish',
  'gateway.bulk_after_page_before_note',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];
