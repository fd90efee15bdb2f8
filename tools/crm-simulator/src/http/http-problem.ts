/** Owns the one error shape of this CRM's API: RFC 9457 problems with a machine-readable code and a message that names the field. */

export interface FieldError {
  /** RFC 6901 fragment into the body, e.g. `#/company/employees`. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** A refusal of a call: thrown by routes, turned into the answer in one place. Never a bug of ours. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: { readonly errors?: readonly FieldError[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
  }

  toBody(): Record<string, unknown> {
    return {
      type: `urn:crm-simulator:problem:${this.code}`,
      title: this.code.replaceAll('_', ' '),
      status: this.status,
      detail: this.message,
      code: this.code,
      message: this.message,
      ...(this.extra.errors ? { errors: this.extra.errors } : {}),
    };
  }
}

export function notFound(kind: string, id: string): HttpProblem {
  return new HttpProblem(404, `${kind}_not_found`, `There is no ${kind} "${id}".`);
}
