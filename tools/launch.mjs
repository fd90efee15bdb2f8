#!/usr/bin/env node
/**
 * The door to every npm script. Runs on any Node from 20 on and needs nothing installed: it brings the packages of the lock
 * file where they are missing or older than it, finds the Node 24 among them, builds what changed, and goes on with that Node.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const modules = join(root, 'node_modules');
const node = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** Steps of each command: arguments of the Node 24, `build` before them where they run what was built. */
const COMMANDS = {
  build: [build],
  start: [build, ['tools/local/dist/start.js']],
  crm: [build, ['tools/local/dist/crm.js']],
  bench: [build, ['tools/bench/dist/main.js']],
  sim: [build, ['libs/sim/dist/main.js']],
  test: [build, jest],
  // Every deliberate bug, where `test` plays the most telling ones.
  mutants: [build, () => (process.env.MUTANTS = 'all'), [...jest, '--selectProjects=e2e', '--testPathPatterns=tests/mutants']],
  typecheck: [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  lint: [['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']],
  format: [['node_modules/prettier/bin/prettier.cjs', '--write', '.']],
  check: [
    ['tools/launch.mjs', 'typecheck'],
    ['tools/launch.mjs', 'lint'],
    ['tools/launch.mjs', 'test'],
  ],
};

const [command = '', ...rest] = process.argv.slice(2);
const steps = COMMANDS[command];
if (!steps) fail(`There is no command "${command}". Known: ${Object.keys(COMMANDS).join(', ')}.`);
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node ${process.versions.node} is too old: install Node 20 or later, with npm.`);
await install();
for (const [index, step] of steps.entries()) {
  if (typeof step === 'function') step();
  else await run(node, index === steps.length - 1 ? [...step, ...rest] : step);
}

async function install() {
  const stamp = join(modules, '.flows-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && works(node)) return;
  process.stderr.write('Installing the packages of package-lock.json (once, a minute or so) …\n');
  // The npm of the system may be older than the one that wrote the lock file; `npm ci` of a right lock file works on all of them.
  await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    shell: process.platform === 'win32',
  });
  if (!works(node)) await run('npm', ['rebuild', 'node', '--foreground-scripts'], {});
  if (!works(node))
    fail(
      `The package "node" did not bring a Node for ${process.platform}-${process.arch}. Allow its install script and run "npm rebuild node".`,
    );
  writeFileSync(stamp, wanted);
}

function works(binary) {
  return existsSync(binary) && spawnSync(binary, ['--version']).status === 0;
}

function build() {
  process.stderr.write('Building what has changed …\n');
  const result = spawnSync(node, ['node_modules/nx/dist/bin/nx.js', 'run-many', '-t', 'build', '--output-style=stream'], {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail('The build failed; its output is above.');
  }
}

/** Resolves when the child is done, which it decides itself: signals reach it through the process group of the terminal, or are passed on. */
async function run(binary, args, options = {}) {
  const child = spawn(binary, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  const passOn = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
  const status = await new Promise((resolve) => {
    child.once('error', (error) => fail(`${binary} could not be started: ${error.message}`));
    child.once('exit', resolve);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, passOn);
  if (status !== 0) process.exit(status ?? 1);
}

function environment() {
  return {
    ...process.env,
    PATH: `${join(modules, 'node', 'bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
