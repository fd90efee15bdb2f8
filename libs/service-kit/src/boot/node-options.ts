/**
 * How a service's Node is to be started (NODE_OPTIONS). A larger young generation lets the garbage of a batch die before it is copied.
 * MEASURED: orchestrator under load, 0.35 → 0.31 ms CPU per three-step run with 64 MiB instead of the default 16.
 */
export const SERVICE_NODE_OPTIONS = '--max-semi-space-size=64';
