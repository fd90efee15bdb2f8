/**
 * Settings of a service, read once at boot from the environment.
 * Owns where a value comes from (NAME, or the file that NAME_FILE points to) and reports every problem at once.
 * Refuses to guess: a value that does not parse stops the boot, it never turns into the default.
 */
import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { processEnvironment, type Environment } from './environment.config.js';
import type { Field } from './field.js';

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type ConfigOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** @throws ConfigError with every problem. */
export type ConfigReader<C> = (env?: Environment) => C;

export function defineConfig<const F extends Fields>(fields: F): ConfigReader<ConfigOf<F>> {
  return (env = processEnvironment()) => {
    const problems: ConfigProblem[] = [];
    const entries = Object.entries(fields).map(([key, field]) => {
      const reading = readField(field, env);
      if (!reading.ok) problems.push({ name: field.name, detail: reading.detail });
      return [key, reading.ok ? reading.value : undefined] as const;
    });
    if (problems.length > 0) throw new ConfigError(problems);
    return Object.freeze(Object.fromEntries(entries)) as ConfigOf<F>;
  };
}

type Reading = { ok: true; value: unknown } | { ok: false; detail: string };
type Source = { raw: string | undefined } | { detail: string };

function readField(field: Field<unknown>, env: Environment): Reading {
  const source = findSource(field, env);
  if ('detail' in source) return { ok: false, detail: source.detail };
  if (source.raw === undefined) {
    if (field.fallback !== undefined) return { ok: true, value: field.fallback() };
    return { ok: false, detail: `is missing: set it to ${field.expected}, or set ${field.name}_FILE to a file that holds it` };
  }
  const parsed = field.parse(source.raw);
  if (parsed.ok) return parsed;
  const found = field.secret ? 'has a value that cannot be used' : `is ${JSON.stringify(source.raw)}`;
  return { ok: false, detail: `${found}: set it to ${parsed.expected}` };
}

/** An empty variable counts as unset, as in compose files. A file's trailing line break is not part of the value. */
function findSource(field: Field<unknown>, env: Environment): Source {
  const direct = env[field.name] || undefined;
  const path = env[`${field.name}_FILE`] || undefined;
  if (path === undefined) return { raw: direct };
  if (direct !== undefined) return { detail: `is set twice: remove either ${field.name} or ${field.name}_FILE` };
  try {
    return { raw: readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined };
  } catch (error) {
    return { detail: `cannot be read from ${field.name}_FILE: ${(error as Error).message}` };
  }
}
