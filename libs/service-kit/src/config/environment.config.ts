/** The only place of this package that touches the environment: everything else gets it handed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}
