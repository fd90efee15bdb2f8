/** Owns the settings of the process, from its environment. Boot fails with every problem listed. */

export interface CrmSimulatorConfig {
  readonly host: string;
  readonly port: number;
  readonly brokers: readonly string[];
  readonly dataFile: string;
  readonly workspaceId: string | null;
  readonly latencyMs: number;
  readonly topicPrefix: string;
}

export function readCrmSimulatorConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CrmSimulatorConfig {
  const problems: string[] = [];
  const text = (name: string) => environment[name]?.trim() || null;
  const required = (name: string, meaning: string) => {
    const value = text(name);
    if (value === null) problems.push(`${name} is missing: ${meaning}.`);
    return value ?? '';
  };
  const wholeNumber = (name: string, max: number) => {
    const value = Number(text(name) ?? 0);
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    problems.push(`${name} must be a whole number from 0 to ${max}, not "${environment[name]}".`);
    return 0;
  };
  const config: CrmSimulatorConfig = {
    host: text('CRM_HOST') ?? '127.0.0.1',
    port: wholeNumber('PORT', 65_535),
    brokers: required('KAFKA_BROKERS', 'the brokers to publish to, as host:port, with commas between')
      .split(',')
      .map((broker) => broker.trim())
      .filter((broker) => broker !== ''),
    dataFile: required('CRM_DATA_FILE', 'the file that keeps the CRM between starts'),
    workspaceId: text('CRM_WORKSPACE_ID'),
    latencyMs: wholeNumber('CRM_LATENCY_MS', 600_000),
    topicPrefix: text('CRM_TOPIC_PREFIX') ?? '',
  };
  if (problems.length > 0)
    throw new Error(`The CRM simulator cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  return config;
}
