/** What the supervisor has to know of a service. */
export interface ServiceSpec {
  readonly name: string;
  /** The built file that Node runs. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Services of the first rank stop first, those of one rank together. */
  readonly stopRank: number;
}
