import { metrics } from '@opentelemetry/api';

/** Instruments under the names of the OpenTelemetry semantic conventions; they cost nothing where no SDK is installed. */
const meter = metrics.getMeter('@flows/kafka');

export const sentMessages = meter.createCounter('messaging.client.sent.messages', { unit: '{message}' });
export const consumedMessages = meter.createCounter('messaging.client.consumed.messages', { unit: '{message}' });
export const sendDuration = meter.createHistogram('messaging.client.operation.duration', { unit: 's' });
export const processDuration = meter.createHistogram('messaging.process.duration', { unit: 's' });
/** Named as the collector's kafkametrics receiver names it. */
export const groupLag = meter.createGauge('kafka.consumer_group.lag', { unit: '{message}' });
