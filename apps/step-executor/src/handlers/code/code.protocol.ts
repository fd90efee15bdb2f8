/** What passes between the executor and a thread that runs code steps. Texts only: no object is shared, no prototype crosses. */
export interface CodeRequest {
  /** An ES module. */
  source: string;
  /** JSON. */
  input: string;
  /** Unix milliseconds: the code is interrupted then. */
  deadline: number;
}

export type CodeFault = 'code_error' | 'code_timeout' | 'code_memory' | 'code_no_default_export' | 'code_output_not_json';

export type CodeAnswer =
  /** `output` is JSON. */
  | { ok: true; output: string }
  | {
      ok: false;
      code: CodeFault;
      message: string;
      /** Where in the source, from 1; null where nobody knows. */
      line: number | null;
      /** The last lines that the code wrote to its console. */
      logs: string[];
    };
