/**
 * Starts and stops the export of traces and metrics.
 * Owns the one SDK of the process; refuses to instrument Kafka: batches make their own spans (one span per message and batch, all of
 * the batch's length, would say nothing).
 */
import { readTelemetryConfig, type TelemetryConfig } from './telemetry.config.js';
import { installPropagation } from './propagation.js';

let running: { shutdown(): Promise<void> } | undefined;

/** @returns false where nothing is to be exported; then only the trace context is passed on, and the SDK is not even loaded. */
export async function startTelemetry(config: TelemetryConfig = readTelemetryConfig()): Promise<boolean> {
  if (running !== undefined) return true;
  if (!config.enabled) {
    installPropagation();
    return false;
  }
  const { startSdk } = await import('./start-sdk.js');
  running = startSdk(config);
  return true;
}

/** Sends what is still held back, then ends the export for good. Nothing to do where it never started. */
export async function stopTelemetry(): Promise<void> {
  const sdk = running;
  running = undefined;
  await sdk?.shutdown();
}
