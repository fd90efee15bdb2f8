import type { Steps } from '../kernel/scheduler.js';
import { InfrastructureError } from '../world/disturbance.js';
import type { Member } from '../world/sim-kafka.js';
import type { KeptEventRow } from '../world/sim-pg.js';
import { RUN_INPUTS } from '../world/topics.js';
import type { World } from '../world/world.js';
import { isFor, received } from './after-commit.js';

export interface ProducedEvent {
  readonly workspaceId: string;
  readonly event: KeptEventRow['event'];
}

/** Keeps each event, then looks who waits for it. A wait does it the other way round, so that one of the two sees the other. */
export function* consumeEvents(world: World, member: Member): Steps {
  const { pg } = world;
  for (;;) {
    const batch = yield* member.poll(5);
    try {
      const events = batch.records.map((record) => record.value as ProducedEvent);
      const keep = () =>
        pg.transaction('keep events', () => {
          for (const { workspaceId, event } of events) {
            const key = `${workspaceId} ${event.source} ${event.id}`;
            if (pg.mailbox.has(key)) world.observer.recalled.add(event.id);
            else pg.mailbox.set(key, { workspaceId, event, at: world.scheduler.now });
          }
        });
      const look = () =>
        pg.transaction('find waits', () =>
          events.flatMap(({ workspaceId, event }) => {
            const kept: KeptEventRow = { workspaceId, event, at: Infinity };
            return [...pg.subscriptions.values()].filter((wait) => isFor(wait, kept)).map((wait) => received(world, wait, event));
          }),
        );
      const early = world.mutant === 'looks_before_it_keeps' ? yield* look() : null;
      yield* keep();
      const inputs = early ?? (yield* look());
      yield* world.kafka.publish(
        inputs.map((value) => ({
          topic: RUN_INPUTS,
          key: value.run_id,
          value,
          arrived: () => void world.observer.brought.add(value.id),
        })),
      );
      for (const record of batch.records) record.handled = true;
      yield* member.commit(batch);
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      yield 50 + world.kafka.disturbance.int(200);
      member.rewind();
    }
  }
}
