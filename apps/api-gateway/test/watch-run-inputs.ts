import { decodeRunInput, type RunInput } from '@flows/contracts';
import { createKafkaDriver, silentLogger, type KafkaMessage } from '@flows/kafka';
import { eventually } from '@flows/testkit';
import type { TestGateway } from './start-test-gateway.js';

/** What the gateway has told the runs, as their orchestrator would receive it. */
export interface WatchedInputs {
  readonly all: readonly { input: RunInput; message: KafkaMessage }[];
  /** Of one run, in order. */
  of(runUuid: string): RunInput[];
  /** Waits for the first input of this type. */
  next<T extends RunInput['type']>(runUuid: string, type: T): Promise<Extract<RunInput, { type: T }>>;
  close(): Promise<void>;
}

/** @param react plays the orchestrator: called with each input, once. */
export async function watchRunInputs(
  { brokers, topics }: TestGateway,
  react: (input: RunInput) => Promise<void> = () => Promise.resolve(),
): Promise<WatchedInputs> {
  const all: { input: RunInput; message: KafkaMessage }[] = [];
  const driver = createKafkaDriver({ brokers, clientId: 'watcher', logger: silentLogger });
  await driver.consume({
    group: `${topics.runInputs}.watcher`,
    topics: [{ topic: topics.runInputs }],
    partitionsConcurrently: 2,
    onBatch: async (batch) => {
      for (const message of batch.messages) {
        const decoded = decodeRunInput(JSON.parse(message.value?.toString() ?? ''));
        if (!decoded.ok) throw new Error(`The gateway published no valid input: ${JSON.stringify(decoded.problems)}`);
        all.push({ input: decoded.value, message });
        await react(decoded.value);
        batch.resolve(message.offset);
      }
    },
    onFatal: () => undefined,
  });
  const of = (runUuid: string) => all.flatMap(({ input }) => (input.run_id === runUuid ? [input] : []));
  return {
    all,
    of,
    next: (runUuid, type) =>
      eventually(() => of(runUuid).find((input) => input.type === type) as never, { what: `${type} of run ${runUuid}` }),
    close: () => driver.close(),
  };
}
