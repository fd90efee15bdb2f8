/** Owns the process: configuration, the line that says it is ready, signals, exit codes. */
import { readCrmSimulatorConfig } from './crm-simulator.config.js';
import { startCrmSimulator } from './crm-simulator.js';

async function main(): Promise<void> {
  const crm = await startCrmSimulator(readCrmSimulatorConfig());
  process.stdout.write(`crm-simulator listening on ${crm.url}\n`);
  const stop = () => void crm.close().then(() => process.exit(0), end);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  end(await crm.failed);
}

function end(error: unknown): void {
  process.stderr.write(`crm-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof Error && error.cause) process.stderr.write(`crm-simulator: ${String(error.cause)}\n`);
  process.exit(1);
}

main().catch(end);
