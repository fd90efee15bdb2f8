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
/** A delivery is one event for one open wait; the run decides whether the wait is over. */
export const eventsDelivered = meter.createCounter('flows.trigger.events_delivered', {
  description: 'Events sent to runs that wait for one',
});
