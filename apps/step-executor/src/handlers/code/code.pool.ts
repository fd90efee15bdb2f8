import { Worker } from 'node:worker_threads';
import { RoundRobin } from '../../fairness/round-robin.js';
import type { CodeAnswer, CodeRequest } from './code.protocol.js';

/** Tests run the source, services the compiled file beside this one. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './code.worker.ts' : './code.worker.js', import.meta.url);
/** Code that is not back this long after its deadline does not heed the interrupt: its thread is ended. */
const GRACE_MS = 500;

interface Waiting {
  readonly request: CodeRequest;
  readonly signal: AbortSignal;
  resolve(answer: CodeAnswer): void;
  reject(error: Error): void;
}

/**
 * Threads for code steps, started when they are first needed. Code never runs on the executor's own thread, so a loop in it delays
 * nobody's heartbeat; workspaces take turns, and a thread that does not come back is ended and replaced.
 */
export class CodePool {
  private readonly idle: Worker[] = [];
  private readonly threads = new Set<Worker>();
  private readonly waiting = new RoundRobin<Waiting>();
  private closed = false;

  constructor(readonly size: number) {}

  /** @throws what `signal` was aborted with, or an Error when a thread dies of something that is no fault of the code. */
  run(workspaceId: string, request: CodeRequest, signal: AbortSignal): Promise<CodeAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting.add(workspaceId, { request, signal, resolve, reject });
      this.startNext();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }

  private startNext(): void {
    while (this.waiting.size > 0 && !this.closed) {
      const thread = this.idle.pop() ?? (this.threads.size < this.size ? this.startThread() : undefined);
      if (thread === undefined) return;
      const next = this.waiting.next() as Waiting;
      if (next.signal.aborted) {
        next.reject(next.signal.reason as Error);
        this.idle.push(thread);
      } else this.work(thread, next);
    }
  }

  private startThread(): Worker {
    const thread = new Worker(THREAD, {
      env: {},
      execArgv: [],
      // Room for recursion of the interpreter, which runs on the thread's own stack.
      resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 8 },
    });
    thread.unref();
    this.threads.add(thread);
    thread.on('exit', () => this.threads.delete(thread));
    return thread;
  }

  private work(thread: Worker, { request, signal, resolve, reject }: Waiting): void {
    const end = (settle: () => void, reusable: boolean): void => {
      clearTimeout(overdue);
      signal.removeEventListener('abort', onAbort);
      thread.removeAllListeners('message').removeAllListeners('error');
      // Whatever a thread says while it ends is of no interest.
      thread.on('error', () => undefined);
      if (reusable) this.idle.push(thread);
      else {
        this.threads.delete(thread);
        void thread.terminate();
      }
      settle();
      this.startNext();
    };
    // At the deadline the interrupt ends the code by itself, and the thread lives on.
    const onAbort = (): void => {
      if (Date.now() < request.deadline) end(() => reject(signal.reason as Error), false);
    };
    const overdue = setTimeout(
      () =>
        end(
          () => resolve({ ok: false, code: 'code_timeout', message: 'The code did not end in time', line: null, logs: [] }),
          false,
        ),
      Math.min(2 ** 31 - 1, Math.max(0, request.deadline - Date.now()) + GRACE_MS),
    );
    overdue.unref();
    signal.addEventListener('abort', onAbort, { once: true });
    thread.removeAllListeners('error');
    thread.on('message', (answer: CodeAnswer) => end(() => resolve(answer), true));
    thread.on('error', (error: Error & { code?: string }) => end(() => settleBroken(error, resolve, reject), false));
    thread.postMessage(request);
  }
}

/** A thread that runs out of memory itself did so over what the code made it hold. */
function settleBroken(
  error: Error & { code?: string },
  resolve: (answer: CodeAnswer) => void,
  reject: (error: Error) => void,
): void {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    resolve({ ok: false, code: 'code_memory', message: 'The code needs more memory than it may have', line: null, logs: [] });
  else reject(error);
}
