import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigError } from './config-error.js';
import { defineConfig } from './define-config.js';
import { choice, flag, integer, list, secret, text, url } from './fields.js';
import { commonFields } from './service-fields.js';

const read = defineConfig({
  databaseUrl: url('DATABASE_URL', ['postgres']),
  brokers: list('KAFKA_BROKERS'),
  port: integer('PORT', { default: 3000, max: 65_535 }),
  token: secret('TOKEN', { optional: true }),
  level: choice('LEVEL', ['info', 'debug'], { default: 'info' }),
  quiet: flag('QUIET', { default: false }),
  prefix: text('PREFIX', { default: '' }),
});
const complete = { DATABASE_URL: 'postgres://u:p@h/d', KAFKA_BROKERS: 'a:1, b:2' };

function problemsOf(env: Record<string, string>): string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ name, detail }) => `${name} ${detail}`);
  }
}

describe('defineConfig', () => {
  it('reads typed values and takes defaults for what is not set', () => {
    expect(read({ ...complete, PORT: '0', QUIET: 'true', LEVEL: '' })).toEqual({
      databaseUrl: 'postgres://u:p@h/d',
      brokers: ['a:1', 'b:2'],
      port: 0,
      token: undefined,
      level: 'info',
      quiet: true,
      prefix: '',
    });
  });

  it('names every problem at once, each with its remedy', () => {
    expect(problemsOf({ KAFKA_BROKERS: 'a,,b', PORT: '70000', LEVEL: 'loud', QUIET: 'yes' })).toEqual([
      'DATABASE_URL is missing: set it to a URL with postgres://, or set DATABASE_URL_FILE to a file that holds it',
      'KAFKA_BROKERS is "a,,b": set it to a comma separated list without empty items',
      'PORT is "70000": set it to an integer from 0 to 65535',
      'LEVEL is "loud": set it to one of info, debug',
      'QUIET is "yes": set it to true or false',
    ]);
  });

  it('never prints the value of a secret or of a URL', () => {
    expect(problemsOf({ ...complete, DATABASE_URL: 'mysql://u:hunter2@h/d' }).join()).not.toContain('hunter2');
  });

  it('refuses what only looks like an integer', () => {
    for (const PORT of ['1e3', '0x10', ' 1', '1.0', '--1']) expect(problemsOf({ ...complete, PORT })).toHaveLength(1);
  });

  it('reads a value from the file that NAME_FILE points to, without its last line break', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'flows-config-')), 'token');
    writeFileSync(path, 'abc \n');
    expect(read({ ...complete, TOKEN_FILE: path }).token).toBe('abc ');
    expect(problemsOf({ ...complete, TOKEN: 'x', TOKEN_FILE: path })).toEqual([
      'TOKEN is set twice: remove either TOKEN or TOKEN_FILE',
    ]);
    expect(problemsOf({ ...complete, TOKEN_FILE: `${path}-missing` })[0]).toContain(
      'TOKEN cannot be read from TOKEN_FILE: ENOENT',
    );
  });

  it('refuses an unknown failpoint, naming the known ones', () => {
    const common = defineConfig(commonFields);
    expect(common({ FAILPOINTS: 'executor.after_claim=sleep:5@2' }).failpoints).toEqual([
      { name: 'executor.after_claim', action: { type: 'sleep', ms: 5 }, passage: 2 },
    ]);
    expect(() => common({ FAILPOINTS: 'executor.after_clam=kill' })).toThrow(
      /FAILPOINTS is "executor.after_clam=kill".*executor.after_claim/,
    );
  });
});
