import type { RunInput } from '@flows/contracts';
import { isTerminal, RUN_TIMEOUT_TIMER } from '@flows/run-machine';
import type { Process, Steps } from '../kernel/scheduler.js';
import { InfrastructureError } from '../world/disturbance.js';
import type { Message } from '../world/sim-kafka.js';
import { RUN_INPUTS } from '../world/topics.js';
import type { World } from '../world/world.js';
import { requestOf } from './after-commit.js';

const CLAIM_MS = 30_000;

/** Fires what is due. A claimed row stays until the run has folded its firing, and can be claimed again after 30 s. */
export function* pollTimers(world: World, self: () => Process): Steps {
  const { pg } = world;
  yield* poll(world, self, world.timerPollers, () =>
    pg.transaction('claim timers', () => {
      const { now } = world.scheduler;
      const due = [...pg.timers.values()].filter(({ claimAt }) => claimAt <= now);
      for (const timer of due) {
        timer.claimAt = now + CLAIM_MS;
        if (world.mutant === 'timers_gone_when_claimed') pg.timers.delete(`${timer.runId} ${timer.timerId}`);
        world.scheduler.at(timer.claimAt, () => world.timerPollers.forEach((poller) => world.scheduler.wake(poller)));
      }
      return due.map(({ runId, timerId }) =>
        message(world, runId, { type: 'timer.fired', id: `tmr:${runId}:${timerId}`, timer_id: timerId }),
      );
    }),
  );
}

/** Looks after runs that show no sign of life, and after those past their time-out. */
export function* sweep(world: World, self: () => Process): Steps {
  const { pg } = world;
  yield* poll(world, self, world.sweepers, () =>
    pg.transaction('claim silent runs', () => {
      const { now } = world.scheduler;
      const messages: Message[] = [];
      if (world.mutant === 'no_sweep') return messages;
      for (const row of pg.runs.values()) {
        const { runId, createdAt } = row.identity;
        if (isTerminal(row.status)) continue;
        if (row.expiresAt <= now)
          messages.push(
            message(world, runId, { type: 'timer.fired', id: `tmr:${runId}:${RUN_TIMEOUT_TIMER}`, timer_id: RUN_TIMEOUT_TIMER }),
          );
        const silent =
          row.status === 'queued' || row.status === 'running' || (row.status === 'waiting' && row.waitingFor === 'event');
        if (row.wakeAt > now || !silent) continue;
        row.wakeAt = now + Math.max(30_000, now - createdAt);
        world.scheduler.at(row.wakeAt, () => world.sweepers.forEach((sweeper) => world.scheduler.wake(sweeper)));
        if (row.status === 'queued') messages.push({ topic: RUN_INPUTS, key: runId, value: requestOf(row, now) });
        else messages.push(message(world, runId, { type: 'run.nudged', id: `ndg:${runId}:${now}` }));
      }
      return messages;
    }),
  );
}

function* poll(world: World, self: () => Process, pollers: Set<Process>, claim: () => Steps<Message[]>): Steps {
  pollers.add(self());
  for (;;) {
    try {
      const messages = yield* claim();
      yield* world.kafka.publish(messages);
      if (messages.length === 0) yield 'asleep';
      else yield 100;
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      yield 1_000;
    }
  }
}

function message(
  world: World,
  runId: string,
  input: { type: 'timer.fired'; id: string; timer_id: string } | { type: 'run.nudged'; id: string },
): Message {
  const workspace_id = world.pg.runs.get(runId)?.identity.workspaceId ?? '';
  const value: RunInput = { ...input, run_id: runId, workspace_id, at: world.scheduler.now };
  return { topic: RUN_INPUTS, key: runId, value };
}
