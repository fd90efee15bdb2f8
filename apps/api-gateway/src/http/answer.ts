/**
 * An answer that is more than a body with the route's usual status: another status, headers, or bytes that are fixed already
 * (a replayed answer must equal the first one byte for byte).
 */
export class Answer {
  private constructor(
    readonly status: number,
    /** JSON text, or null for an empty body. */
    readonly body: string | null,
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  static json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
    return new Answer(status, JSON.stringify(value), headers);
  }

  static text(status: number, body: string | null, headers: Record<string, string>): Answer {
    return new Answer(status, body, headers);
  }

  static empty(status: number, headers: Record<string, string> = {}): Answer {
    return new Answer(status, null, headers);
  }

  withStatus(status: number): Answer {
    return new Answer(status, this.body, this.headers);
  }

  withHeaders(headers: Record<string, string>): Answer {
    return new Answer(this.status, this.body, { ...this.headers, ...headers });
  }
}
