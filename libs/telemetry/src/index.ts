export * from './propagation.js';
export * from './telemetry.js';
export * from './trace/traceparent.js';
export * from './trace/with-span.js';
