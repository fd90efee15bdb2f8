/** The command line of `npm start`. A word it does not know is an error, never ignored. */
import { parseArgs } from 'node:util';

export interface StartOptions {
  /** Ends after the summary of the demo. */
  readonly once: boolean;
  readonly demo: boolean;
}

export type ParsedOptions =
  { readonly ok: true; readonly options: StartOptions } | { readonly ok: false; readonly message: string };

export const USAGE = `npm start [-- options]

  --once      end after the demo: 0 when every run completed, 1 when one did not
  --no-demo   start everything and stay up; no leads enter the segment
  --help      this text`;

export function parseStartOptions(args: readonly string[]): ParsedOptions {
  const options = { once: { type: 'boolean' }, demo: { type: 'boolean', default: true }, help: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, allowNegative: true, strict: true });
    if (values.help) return { ok: false, message: USAGE };
    if (values.once && !values.demo)
      return { ok: false, message: `--once ends after the demo, so it does not go with --no-demo.\n\n${USAGE}` };
    return { ok: true, options: { once: values.once ?? false, demo: values.demo } };
  } catch (error) {
    return { ok: false, message: `${(error as Error).message.split('\n')[0]}\n\n${USAGE}` };
  }
}
