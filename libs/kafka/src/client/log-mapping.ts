import kafkajs, { type LogEntry } from 'kafkajs';
import type { KafkaLogger } from '../kafka-logger.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * What kafkajs shouts as an error but is the ordinary life of a group or cluster: the client recovers by itself, and an alert on it would
 * be false. Matched against message and error text.
 */
const ordinary = [
  /coordinator is loading/i,
  /not the correct coordinator/i,
  /coordinator is not available/i,
  /group is rebalancing/i,
  /rebalance in progress/i,
  /coordinator is not aware of this member/i,
  /specified group generation id is not valid/i,
  /no leader for this topic-partition|leader not available|not the leader for/i,
  /middle of a leadership election/i,
  /does not host this topic-partition/i,
  /fetch interrupted/i,
];

/** Loss of a broker: worth a line, not an alert; the driver's own deadlines raise the alarm when it lasts. */
const connectivity = [
  /connection (error|timeout)/i,
  /failed to connect/i,
  /closed connection/i,
  /not connected/i,
  /request .* timed out/i,
  /^Restarting the consumer/,
];

/** Narration of each fetch loop and pause that nobody reads. */
const chatter = [
  /^(Pausing|Resuming) fetching/,
  /^Starting$/,
  /^Stopped$/,
  /consumer not running, exiting/,
  /already being processed by another fetcher/,
];

const levelOf = (entry: LogEntry, text: string): Level => {
  if (entry.level === kafkajs.logLevel.DEBUG) return 'debug';
  if (ordinary.some((pattern) => pattern.test(text)) || chatter.some((pattern) => pattern.test(entry.log.message)))
    return 'debug';
  if (entry.level === kafkajs.logLevel.INFO) return 'info';
  return entry.level === kafkajs.logLevel.WARN || connectivity.some((pattern) => pattern.test(text)) ? 'warn' : 'error';
};

/** Maps the log of kafkajs onto ours, one structured line per entry, with levels that can be alerted on. */
export const createLogCreator =
  (logger: KafkaLogger, isMuted: () => boolean = () => false) =>
  () =>
  (entry: LogEntry): void => {
    if (isMuted()) return;
    const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry.log;
    const text = `${message} ${typeof fields['error'] === 'string' ? fields['error'] : ''}`;
    logger[levelOf(entry, text)]({ component: 'kafkajs', namespace: entry.namespace, ...fields }, message);
  };
