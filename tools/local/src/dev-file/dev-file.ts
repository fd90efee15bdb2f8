/**
 * `.flows/dev.json`: where the local installation answers and with what, for people, tests and tools.
 * Owns its shape; refuses to guess: what is not the file that we wrote is said to be none.
 */
export interface DevFile {
  readonly gateway_url: string;
  /** Null until the demo workspace was made. */
  readonly workspace_id: string | null;
  /** Of the demo workspace; the API shows it once, so this file is where it lives. */
  readonly token: string | null;
  readonly admin_token: string;
  readonly kafka_brokers: string;
  readonly database_url: string;
  readonly crm_url: string;
  /** By service, the servers and `npm start` itself (`local`) among them. Empty when nothing runs. */
  readonly pids: Readonly<Record<string, number>>;
}

export type DevFileReading = { readonly ok: true; readonly file: DevFile } | { readonly ok: false; readonly problem: string };

const TEXTS = ['gateway_url', 'admin_token', 'kafka_brokers', 'database_url', 'crm_url'] as const;
const OPTIONAL_TEXTS = ['workspace_id', 'token'] as const;

export function parseDevFile(text: string): DevFileReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: `it is not JSON (${(error as Error).message})` };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { ok: false, problem: 'it is no JSON object' };
  const fields = parsed as Record<string, unknown>;
  const wrong = TEXTS.find((name) => typeof fields[name] !== 'string' || fields[name] === '');
  if (wrong !== undefined) return { ok: false, problem: `${wrong} is missing` };
  const wrongOptional = OPTIONAL_TEXTS.find((name) => fields[name] !== null && typeof fields[name] !== 'string');
  if (wrongOptional !== undefined) return { ok: false, problem: `${wrongOptional} is neither a text nor null` };
  const pids = fields['pids'];
  if (typeof pids !== 'object' || pids === null || !Object.values(pids).every(Number.isInteger))
    return { ok: false, problem: 'pids is no object of process ids' };
  return { ok: true, file: parsed as DevFile };
}

export function formatDevFile(file: DevFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}
