/**
 * The thread in which code steps run. Each run gets a WebAssembly instance of its own (measured: 1 ms), so nothing that code does,
 * not even to the memory of its interpreter, is there for the next one. The interpreter is given no function of ours: what is inside
 * reaches the outside only by ending, with a JSON text.
 *
 * Imports nothing of ours but types: tests run this file as it is, services run it compiled.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import baseVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import type { CodeAnswer, CodeFault, CodeRequest } from './code.protocol.js';

const MEMORY_LIMIT_BYTES = 64 * 1024 * 1024;
const STACK_LIMIT_BYTES = 256 * 1024;
const FILE = 'step.js';
const MAX_MESSAGE = 2_000;

/**
 * Evaluated before the code: holds what is needed of the globals afterwards, whatever the code does to them. The console keeps the last
 * 50 lines of at most 500 characters.
 */
const PRELUDE = `(() => {
  const { parse, stringify } = JSON, text = String, lines = [];
  const show = (value) => { try { return typeof value === 'string' ? value : stringify(value) ?? text(value); } catch { return text(value); } };
  const log = (...values) => { lines.push(values.map(show).join(' ').slice(0, 500)); if (lines.length > 50) lines.shift(); };
  globalThis.console = Object.freeze({ log, info: log, warn: log, error: log, debug: log });
  const run = async (code, input) => {
    const output = await code(parse(input));
    const json = output === undefined ? 'null' : stringify(output);
    return json === undefined ? { kind: typeof output } : { json };
  };
  return { run, logs: () => stringify(lines) };
})()`;

/** Written without shorthand: types are stripped from this file, nothing else. */
class Fault extends Error {
  readonly code: CodeFault;
  readonly line: number | null;

  constructor(code: CodeFault, message: string, line: number | null = null) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

/** Not among the types of Node. */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

// Its types describe the CommonJS build, whose default export is one level deeper than at run time.
const variant = newVariant(baseVariant as unknown as QuickJSSyncVariant, {
  wasmModule: new WebAssembly.Module(
    readFileSync(fileURLToPath(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))),
  ) as never,
});

async function answerTo({ source, input, deadline }: CodeRequest): Promise<CodeAnswer> {
  const quickjs = await newQuickJSWASMModuleFromVariant(variant);
  const runtime = quickjs.newRuntime({ memoryLimitBytes: MEMORY_LIMIT_BYTES, maxStackSizeBytes: STACK_LIMIT_BYTES });
  let interrupted = false;
  runtime.setInterruptHandler(() => (interrupted ||= Date.now() >= deadline));
  const context = runtime.newContext();
  const prelude = context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js'));
  try {
    return { ok: true, output: runModule(runtime, context, prelude, source, input) };
  } catch (thrown) {
    const fault = interrupted ? new Fault('code_timeout', 'The code did not end in time') : toFault(thrown);
    return {
      ok: false,
      code: fault.code,
      message: fault.message.slice(0, MAX_MESSAGE),
      line: fault.line,
      logs: interrupted ? [] : readLogs(context, prelude),
    };
  }
  // Nothing is disposed of: the instance goes as a whole, and after a fault its memory may be in any state.
}

function runModule(
  runtime: QuickJSRuntime,
  context: QuickJSContext,
  prelude: QuickJSHandle,
  source: string,
  input: string,
): string {
  const module = settle(runtime, context, unwrap(context, context.evalCode(source, FILE, { type: 'module' })));
  const code = context.getProp(module, 'default');
  if (context.typeof(code) !== 'function') {
    throw new Fault(
      'code_no_default_export',
      'The module has no default export that is a function: write `export default (input) => …`',
    );
  }
  const run = context.getProp(prelude, 'run');
  const ended = settle(
    runtime,
    context,
    unwrap(context, context.callFunction(run, context.undefined, code, context.newString(input))),
  );
  const json = context.getProp(ended, 'json');
  if (context.typeof(json) === 'string') return context.getString(json);
  const kind = context.getString(context.getProp(ended, 'kind'));
  throw new Fault('code_output_not_json', `The code returned a ${kind}, which JSON cannot hold`);
}

/** The value of a promise, or the value itself. Nothing outside can settle a promise, so one that is open when no job is left stays so. */
function settle(runtime: QuickJSRuntime, context: QuickJSContext, handle: QuickJSHandle): QuickJSHandle {
  const jobs = runtime.executePendingJobs();
  if (jobs.error) throw faultOf(jobs.error.context, jobs.error);
  const state = context.getPromiseState(handle);
  if (state.type === 'fulfilled') return state.value;
  if (state.type === 'rejected') throw faultOf(context, state.error);
  throw new Fault(
    'code_error',
    'The code waits for a promise that nothing will settle: there are no timers and no network in here',
  );
}

function unwrap(context: QuickJSContext, result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
  if (result.error) throw faultOf(context, result.error);
  return result.value;
}

/** What was thrown inside, read field by field: it may be anything. */
function faultOf(context: QuickJSContext, thrown: QuickJSHandle): Fault {
  if (context.typeof(thrown) !== 'object') return new Fault('code_error', `The code threw ${textOf(context, thrown)}`);
  const read = (field: string): string => {
    const value = context.getProp(thrown, field);
    return context.typeof(value) === 'string' ? context.getString(value) : '';
  };
  const [name, message, stack] = [read('name'), read('message'), read('stack')];
  const line = /step\.js:(\d+)/.exec(stack)?.[1];
  const at = line === undefined ? null : Number(line);
  if (name === 'InternalError' && message === 'out of memory') {
    return new Fault(
      'code_memory',
      `The code needs more than the ${MEMORY_LIMIT_BYTES / 1024 / 1024} MiB of memory that it may have`,
      at,
    );
  }
  // What JSON.stringify says of what it cannot write.
  if (name === 'TypeError' && /circular reference|BigInt/.test(message) && /^\s+at stringify/.test(stack))
    return new Fault('code_output_not_json', `JSON cannot hold the output: ${message}`, at);
  return new Fault('code_error', [name, message].filter((part) => part !== '').join(': ') || 'The code threw an object', at);
}

function textOf(context: QuickJSContext, value: QuickJSHandle): string {
  return context.typeof(value) === 'symbol' ? 'a symbol' : context.getString(value);
}

/** What broke here rather than inside: a recursion of the interpreter itself that the thread's stack does not hold, or its memory. */
function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof RangeError) return new Fault('code_error', 'InternalError: stack overflow');
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (/out of memory|memory access out of bounds|allocation/i.test(message))
    return new Fault('code_memory', 'The code needs more memory than it may have');
  return new Fault('code_error', `The interpreter failed: ${message}`);
}

function readLogs(context: QuickJSContext, prelude: QuickJSHandle): string[] {
  try {
    const json = context.callFunction(context.getProp(prelude, 'logs'), context.undefined);
    if (json.error) return [];
    const lines: unknown = JSON.parse(context.getString(json.value));
    return Array.isArray(lines) ? lines.slice(-50).map((line) => String(line).slice(0, 500)) : [];
  } catch {
    // An interpreter that broke has nothing to say.
    return [];
  }
}

parentPort?.on('message', (request: CodeRequest) => {
  void answerTo(request).then((answer) => parentPort?.postMessage(answer));
});
