import { ApiProblem } from './api-problem.js';

const UNIQUE_VIOLATION = '23505';

/** Runs an insert whose name must be free; the database decides, since two requests may want it at once. */
export async function claimName<T>(what: string, insert: () => Promise<T>): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
    if ((driverError?.code ?? code) === UNIQUE_VIOLATION)
      throw new ApiProblem('name_taken', `${what} exists already; take another name`);
    throw error;
  }
}
