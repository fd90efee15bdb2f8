/** Owns the process: configuration, the line that says it is ready (and the message to a parent with an IPC channel), signals, exit codes. */
import { readCrmSimulatorConfig } from './crm-simulator.config.js';
import { startCrmSimulator } from './crm-simulator.js';

async function main(): Promise<void> {
  const crm = await startCrmSimulator(readCrmSimulatorConfig());
  process.stdout.write(`crm-simulator listening on ${crm.url}\n`);
  process.send?.({ ready: true, service: 'crm-simulator', port: Number(new URL(crm.url).port), pid: process.pid });
  const stop = () => void crm.close().then(() => process.exit(0), end);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A parent that dies closes the channel: its data file must be free for whoever comes next.
  if (process.send) process.once('disconnect', stop);
  end(await crm.failed);
}

function end(error: unknown): void {
  process.stderr.write(`crm-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof Error && error.cause) process.stderr.write(`crm-simulator: ${String(error.cause)}\n`);
  process.exit(1);
}

main().catch(end);
