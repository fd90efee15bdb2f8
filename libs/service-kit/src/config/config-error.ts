/** All that is wrong with the settings, in one error: a person mends them in one go. */
export interface ConfigProblem {
  readonly name: string;
  readonly detail: string;
}

/** sysexits.h: something was found in an unconfigured or misconfigured state. */
export const CONFIG_EXIT_CODE = 78;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`;
    super([`${count} attention:`, ...problems.map(({ name, detail }) => `  ${name} ${detail}`)].join('\n'));
  }
}
