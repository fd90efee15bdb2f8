/**
 * `npm start`: the whole of Flows on this machine, with a demo.
 * Owns the process: options, signals, exit codes (0 done or stopped, 1 failed, 2 wrong option, 78 bad settings, 130 interrupted demo).
 */
import { randomUUID } from 'node:crypto';
import { topicNames } from '@flows/contracts';
import { ConfigError, CONFIG_EXIT_CODE } from '@flows/service-kit';
import { closingWords } from './closing-words.js';
import { say } from './console/say.js';
import { showSeconds } from './console/seconds.js';
import { CrmClient } from './crm/crm.client.js';
import { clientOf, DEMO, ensureDemoWorkspace } from './demo/demo-workspace.js';
import { findExamples } from './demo/demo-leads.js';
import { runDemo } from './demo/run-demo.js';
import { PATHS, shown } from './installation.js';
import { Interrupted, listenForInterruption, orInterrupted } from './interruption.js';
import { LocalInstallation } from './local-installation.js';
import { readLocalConfig, type LocalConfig } from './local.config.js';
import { BootError } from './services/boot-error.js';
import { parseStartOptions, type StartOptions } from './start-options.js';

const INTERRUPTED = 130;

async function main(options: StartOptions, config: LocalConfig): Promise<number> {
  const installation = new LocalInstallation(config, say);
  const signal = listenForInterruption(() => {
    say('Leaving at once.');
    installation.kill();
    process.exit(1);
  });
  const code = await runUntilEnd(installation, options, config, signal).catch((error: unknown) => exitCodeOf(error, options));
  if (signal.aborted) say('\nStopping; once more for at once.');
  await installation.stop();
  return code;
}

async function runUntilEnd(
  installation: LocalInstallation,
  options: StartOptions,
  config: LocalConfig,
  signal: AbortSignal,
): Promise<number> {
  const from = performance.now();
  const store = await orInterrupted(signal, installation.start());
  const { workspaceId, token, workflow } = await orInterrupted(signal, ensureDemoWorkspace(store, say));
  await orInterrupted(signal, installation.startCrm(workspaceId));
  say(`Everything runs (${showSeconds(performance.now() - from)})`);

  const { gateway_url, crm_url } = store.file;
  const demo = {
    gateway: clientOf(gateway_url, token),
    crm: new CrmClient(crm_url, workspaceId),
    workflowId: workflow.id,
    say,
    signal,
  };
  const problems = options.demo ? await orInterrupted(signal, runDemo(demo)) : [];
  for (const problem of problems) say(`✗ ${problem}`);
  if (options.once) return problems.length === 0 ? 0 : 1;

  const { crmEvents } = topicNames(config.kafkaTopicPrefix);
  const examples = await orInterrupted(signal, findExamples(demo.crm));
  const eventId = `example-${randomUUID()}`;
  say(
    closingWords({
      file: store.file,
      crmTopic: crmEvents,
      segment: DEMO.segment,
      examples,
      eventId,
      logs: shown(PATHS.logs),
      devFile: shown(PATHS.devFile),
    }),
  );
  return orInterrupted(signal, new Promise<never>(() => undefined));
}

function exitCodeOf(error: unknown, options: StartOptions): number {
  if (error instanceof Interrupted) return options.once ? INTERRUPTED : 0;
  process.stderr.write(`\n${error instanceof BootError ? error.message : describe(error)}\n`);
  return error instanceof BootError ? error.exitCode : 1;
}

/** The stack tells nothing to a user, but its causes may: "fetch failed" is none without "connect ECONNREFUSED". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : describe(error.cause);
  // Who passes an error on often says what it says.
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

function readOptionsOrExit(): StartOptions {
  const parsed = parseStartOptions(process.argv.slice(2));
  if (parsed.ok) return parsed.options;
  process.stderr.write(`${parsed.message}\n`);
  process.exit(2);
}

function readConfigOrExit(): LocalConfig {
  try {
    return readLocalConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`npm start cannot start: ${error.message}\n`);
    process.exit(CONFIG_EXIT_CODE);
  }
}

// A reader that left (`npm start | head`) must not take the installation down half-stopped.
process.stdout.on('error', () => undefined);
process.exit(await main(readOptionsOrExit(), readConfigOrExit()));
