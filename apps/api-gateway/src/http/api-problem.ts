import type { ProblemCode } from './problem-kinds.js';

/** One thing wrong with a request: where (RFC 6901 pointer as URI fragment; for a query parameter, into the query), a code, a sentence. */
export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
  step_id?: string;
}

export interface ProblemDetails {
  errors?: readonly FieldProblem[];
  headers?: Readonly<Record<string, string>>;
  /** Further members of the body, names of letters, digits and `_`. */
  extensions?: Readonly<Record<string, unknown>>;
}

/** A request that cannot be served, with the reason for its sender. Thrown anywhere below a controller; rolls its transaction back. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly code: ProblemCode,
    /** What happened this time and what helps. Never a stack, SQL, or a hint at what another workspace has. */
    readonly detail: string,
    readonly details: ProblemDetails = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** @param what as a sentence begins with it: "Workflow wf_01…". */
export function notFound(what: string): ApiProblem {
  return new ApiProblem('not_found', `${what} does not exist in this workspace`);
}

/** Every problem at once, never only the first. */
export function validationFailed(errors: readonly FieldProblem[]): ApiProblem {
  const count = errors.length === 1 ? 'One value needs' : `${errors.length} values need`;
  return new ApiProblem('validation_failed', `${count} attention; see errors`, { errors });
}
