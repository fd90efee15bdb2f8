import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('@flows/trigger-listener');

/** By verdict; events that were decided on before count as `duplicate`. */
export const decisionsMade = meter.createCounter('flows.trigger.decisions', {
  description: 'Decisions on an event and a trigger',
});
/** By code. */
export const messagesRejected = meter.createCounter('flows.trigger.rejected_messages', {
  description: 'Messages on event topics that became dead letters',
});
