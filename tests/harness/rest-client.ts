export interface RestAnswer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** A REST client as an outsider would write it: paths below /api/v1, JSON in and out, a Bearer token. */
export class RestClient {
  constructor(
    private readonly gatewayUrl: string,
    private readonly token: string | null,
  ) {}

  get<T = unknown>(path: string): Promise<RestAnswer<T>> {
    return this.send('GET', path);
  }

  post<T = unknown>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<RestAnswer<T>> {
    return this.send('POST', path, body, headers);
  }

  patch<T = unknown>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<RestAnswer<T>> {
    return this.send('PATCH', path, body, headers);
  }

  async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RestAnswer<T>> {
    const response = await fetch(`${this.gatewayUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T, headers: response.headers };
  }

  /** The body, when the answer is a success. @throws with the whole problem otherwise. */
  async need<T>(answer: Promise<RestAnswer<T>>): Promise<T> {
    const { status, body } = await answer;
    if (status >= 300) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }
}
