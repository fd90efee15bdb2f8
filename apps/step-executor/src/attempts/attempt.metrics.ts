import { metrics } from '@opentelemetry/api';

/** They cost nothing where no SDK is installed. */
const meter = metrics.getMeter('@flows/step-executor');

export const attemptsEnded = meter.createCounter('flows.attempts', {
  unit: '{attempt}',
  description: 'Attempts by kind of work and outcome',
});
export const attemptDuration = meter.createHistogram('flows.attempt.duration', { unit: 's' });
export const attemptsInFlight = meter.createUpDownCounter('flows.attempts.in_flight', { unit: '{attempt}' });
