/**
 * Keeps one service alive.
 *
 *   start ─► process ─► ready ─► … died ─► rest (1 s … 10 s) ─► process ─► …
 *              └── exit 78, or five deaths before it was ever ready: the start has failed
 *
 * Owns restarts and what is said about them; refuses to decide what happens when a start fails.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { showSeconds } from '../console/seconds.js';
import type { Say } from '../console/say.js';
import { REPOSITORY, shown } from '../installation.js';
import { BootError } from './boot-error.js';
import { ErrorReporter } from './error-reporter.js';
import { LogReader, prepareLogFile } from './log-file.js';
import { findCause, parseLogLine } from './log-line.js';
import { countDeath, restartDelayMs } from './restart-backoff.js';
import { startServiceProcess, type Exit, type ReadyMessage, type ServiceProcess } from './service-process.js';
import type { ServiceSpec } from './service-spec.js';

/** sysexits.h: bad settings. Another try reads the same ones. */
const CONFIG_EXIT_CODE = 78;
const DEATHS_OF_A_FAILED_START = 5;
/** More than the 25 s after which a service leaves by itself, with a reason in its log. */
const STOP_GRACE_MS = 30_000;
const READ_LOG_EVERY_MS = 500;
const LAST_WORDS = 15;

export interface ServiceObserver {
  readonly say: Say;
  /** Undefined: it has no process now. */
  onPid(pid: number | undefined): void;
}

export class SupervisedService {
  private readonly stopping = new AbortController();
  private readonly log: LogReader;
  private readonly errors: ErrorReporter;
  private readonly firstReady = Promise.withResolvers<ReadyMessage>();
  private process: ServiceProcess | undefined;
  private ended: Promise<void> | undefined;
  private wasReady = false;
  private lastWords: string[] = [];
  private waitsFor = '';

  constructor(
    private readonly spec: ServiceSpec,
    private readonly observer: ServiceObserver,
  ) {
    prepareLogFile(spec.logFile);
    this.log = new LogReader(spec.logFile);
    this.errors = new ErrorReporter(spec.name, shown(spec.logFile), observer.say);
    // A start that fails is reported by whoever awaits it; nobody may, once it is being stopped.
    this.firstReady.promise.catch(() => undefined);
  }

  /** Resolves at the first readiness. @throws BootError when it cannot become ready. */
  start(): Promise<ReadyMessage> {
    this.ended ??= this.live().catch((error: unknown) => this.firstReady.reject(error));
    return this.firstReady.promise;
  }

  /** What it waits for before it is ready, in its own words; null once it was. */
  awaited(): string | null {
    if (this.wasReady) return null;
    return this.waitsFor === '' ? this.spec.name : `${this.spec.name} (${this.waitsFor})`;
  }

  /** Ends the process and all restarts. Resolves when nothing of it runs. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.firstReady.reject(new BootError(`${this.spec.name} was stopped before it was ready.`));
    await this.process?.stop(STOP_GRACE_MS);
    await this.ended;
  }

  /** For somebody in a hurry. */
  kill(): void {
    this.stopping.abort();
    this.process?.kill();
  }

  private async live(): Promise<void> {
    const reading = setInterval(() => this.readLog(), READ_LOG_EVERY_MS);
    try {
      for (let deaths = 0; !this.stopping.signal.aborted;) {
        const { exit, readyMs } = await this.liveOnce();
        if (this.stopping.signal.aborted) return;
        deaths = countDeath(deaths, readyMs);
        if (!this.wasReady) this.failStartWhenHopeless(exit, deaths);
        const restMs = restartDelayMs(deaths);
        this.observer.say(`${this.spec.name} died (${this.causeOf(exit)}); starting it again in ${restMs / 1000} s`);
        await delay(restMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    } finally {
      clearInterval(reading);
    }
  }

  private async liveOnce(): Promise<{ exit: Exit; readyMs: number }> {
    const startedAt = performance.now();
    let readyAt: number | undefined;
    this.lastWords = [];
    this.process = await startServiceProcess({
      entry: this.spec.entry,
      cwd: REPOSITORY,
      env: this.spec.env,
      logFile: this.spec.logFile,
      onReady: (message) => {
        readyAt = performance.now();
        this.sayReady(message, readyAt - startedAt);
      },
    });
    if (this.stopping.signal.aborted) void this.process.stop(STOP_GRACE_MS);
    this.observer.onPid(this.process.pid);
    const exit = await this.process.exited;
    this.process = undefined;
    this.observer.onPid(undefined);
    this.readLog(true);
    return { exit, readyMs: readyAt === undefined ? 0 : performance.now() - readyAt };
  }

  private sayReady(message: ReadyMessage, afterMs: number): void {
    const verb = this.wasReady ? 'runs again' : 'ready';
    const where = message.port === null ? '' : `port ${message.port}, `;
    this.wasReady = true;
    this.observer.say(`${this.spec.name} ${verb} (${where}process ${message.pid}, ${showSeconds(afterMs)})`);
    this.firstReady.resolve(message);
  }

  private failStartWhenHopeless(exit: Exit, deaths: number): void {
    const { name, logFile } = this.spec;
    if (exit.code === CONFIG_EXIT_CODE)
      throw new BootError(this.lastWords.join('\n') || `${name} refused its settings.`, CONFIG_EXIT_CODE);
    if (deaths < DEATHS_OF_A_FAILED_START) return;
    throw new BootError(
      `${name} died ${deaths} times before it was ready. The end of ${shown(logFile)}:\n${this.lastWords.join('\n')}`,
    );
  }

  /** `SIGKILL`, or `exit code 1: ` and the last error that it told of. */
  private causeOf(exit: Exit): string {
    if (exit.signal !== null) return exit.signal;
    const told = findCause(this.lastWords);
    return `exit code ${exit.code}${told === undefined ? '' : `: ${told}`}`;
  }

  private readLog(final = false): void {
    for (const raw of this.log.read(final)) {
      const line = parseLogLine(raw);
      if (line === null) continue;
      if (line.level === 'warn' && !this.wasReady) this.waitsFor = line.text;
      if (line.level === 'error' && !final) this.errors.report(line.text);
      if (line.level === 'error' || line.plain) this.lastWords = [...this.lastWords, line.text].slice(-LAST_WORDS);
    }
  }
}
