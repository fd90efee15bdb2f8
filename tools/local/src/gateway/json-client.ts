/** HTTP with JSON, as the demo needs it of the gateway and of the CRM. Refuses retries: who calls knows whether a call may come again. */
const TIMEOUT_MS = 15_000;

/** What a server answered when it was no success. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';

  constructor(
    readonly call: string,
    readonly status: number,
    readonly code: string | null,
    detail: string,
  ) {
    super(`${call} was answered with ${status}${code === null ? '' : ` ${code}`}${detail === '' ? '' : `: ${detail}`}`);
  }
}

interface ProblemBody {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly errors?: readonly { readonly pointer?: string; readonly message?: string }[];
}

export class JsonClient {
  constructor(
    private readonly baseUrl: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  /** @throws AnswerError for every status but 2xx, TypeError when nobody answers. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { accept: 'application/json', ...this.headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw answerError(`${method} ${path.split('?')[0]}`, response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

function answerError(call: string, status: number, text: string): AnswerError {
  let problem: ProblemBody = {};
  try {
    problem = JSON.parse(text) as ProblemBody;
  } catch {
    return new AnswerError(call, status, null, text.slice(0, 200));
  }
  const places = (problem.errors ?? []).map(({ pointer, message }) => `${pointer ?? ''} ${message ?? ''}`.trim());
  const detail = [typeof problem.detail === 'string' ? problem.detail : '', ...places].filter((part) => part !== '').join('; ');
  return new AnswerError(call, status, typeof problem.code === 'string' ? problem.code : null, detail);
}
