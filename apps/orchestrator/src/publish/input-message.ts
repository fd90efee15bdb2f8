import { runInputMessage, type RunInput, type Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';

/** An input of the orchestrator to its own runs: timers and sweeps go through the same topic as everything else. */
export function inputMessage(topics: Topics, input: RunInput, traceparent: string | null): OutgoingMessage {
  return runInputMessage(topics, input, '/flows/orchestrator', traceparent ?? undefined);
}
