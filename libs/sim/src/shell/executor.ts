import type { RunInput, StepOutcome, StepRunCommand } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type { Steps } from '../kernel/scheduler.js';
import { InfrastructureError } from '../world/disturbance.js';
import type { Member } from '../world/sim-kafka.js';
import { RUN_INPUTS } from '../world/topics.js';
import type { World } from '../world/world.js';

/** Claims an attempt in the ledger, calls the provider, settles, reports; then the command counts as handled. */
export function* consumeStepCommands(world: World, member: Member, name: string): Steps {
  for (;;) {
    const batch = yield* member.poll(3);
    try {
      for (const record of batch.records) {
        yield* carryOutAttempt(world, record.value as StepRunCommand, name);
        record.handled = true;
      }
      yield* member.commit(batch);
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      yield 50 + world.kafka.disturbance.int(200);
      member.rewind();
    }
  }
}

type Claim = { kind: 'gone' } | { kind: 'answered'; outcome: StepOutcome } | { kind: 'claimed'; at: number };

function* carryOutAttempt(world: World, command: StepRunCommand, name: string): Steps {
  const { pg, provider, scheduler } = world;
  const key = world.mutant === 'key_per_attempt' ? command.id : command.idempotency_key;
  const startedAt = scheduler.now;
  const claim = yield* pg.transaction('claim effect', (): Claim => {
    const run = pg.runs.get(command.run_id);
    // Strictly after: a cleanup is scheduled at the moment of the cancellation.
    const cancelled = run !== undefined && (isTerminal(run.status) || (run.cancelRequestedAt ?? -1) > command.scheduled_at);
    if (cancelled && world.mutant !== 'deaf_to_cancel') return { kind: 'gone' };
    const row = pg.ledger.get(key);
    const outcome = row?.outcome ?? null;
    if (row !== undefined && outcome !== null && (outcome.status === 'completed' || row.attemptId === command.id))
      return { kind: 'answered', outcome };
    // The attempt's number fences: an older one does nothing any more.
    if (row !== undefined && row.attempt > command.attempt) return { kind: 'gone' };
    pg.ledger.set(key, { attemptId: command.id, attempt: command.attempt, outcome: null });
    return { kind: 'claimed', at: scheduler.now };
  });
  if (claim.kind === 'gone') return;
  if (claim.kind === 'claimed' && world.kafka.disturbance.int(10) === 0) {
    const progress = input(world, command, `prg:${command.id}`, startedAt, name);
    yield* world.kafka.publish([{ topic: RUN_INPUTS, key: command.run_id, value: { ...progress, type: 'step.progressed' } }]);
  }
  const outcome = claim.kind === 'answered' ? claim.outcome : yield* provider.call(command, key, claim.at);
  if (claim.kind === 'claimed')
    yield* pg.transaction('settle effect', () => {
      const row = pg.ledger.get(key);
      if (row?.outcome?.status === 'completed' || (row?.attempt ?? 0) > command.attempt) return;
      pg.ledger.set(key, { attemptId: command.id, attempt: command.attempt, outcome });
    });
  const reported = { ...input(world, command, `rep:${command.id}`, startedAt, name), type: 'step.reported', outcome } as RunInput;
  yield* world.kafka.publish([{ topic: RUN_INPUTS, key: command.run_id, value: reported }]);
}

function input(world: World, command: StepRunCommand, id: string, startedAt: number, executor: string) {
  const { run_id, workspace_id, step_id, attempt } = command;
  return { id, run_id, workspace_id, at: world.scheduler.now, step_id, attempt, started_at: startedAt, executor };
}
