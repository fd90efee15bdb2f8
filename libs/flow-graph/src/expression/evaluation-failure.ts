/**
 * Signals that leave a deep evaluation. They never leave this folder: `CompiledExpression` turns them into values.
 */
export type FailureCode =
  'no_such_key' | 'index_out_of_bounds' | 'type_mismatch' | 'division_by_zero' | 'overflow' | 'invalid_argument' | 'not_json';

/** The data does not fit the expression. `||`, `&&`, `exists` and `all` absorb it where the other side decides, as CEL has it. */
export class EvaluationFailure extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** The budget is spent. Never absorbed: else a loop that fails would go on for free. */
export class BudgetSpent extends Error {
  readonly code = 'cost_exceeded';
  constructor() {
    super('The expression costs too much on this data; make the lists or texts it works on smaller');
  }
}
