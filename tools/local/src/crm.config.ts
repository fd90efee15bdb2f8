/** What `npm run crm` takes from a running `npm start` where the environment does not say otherwise. */
import { join } from 'node:path';
import type { DevFile } from './dev-file/dev-file.js';
import { PATHS } from './installation.js';

export function needsInstallation(environment: NodeJS.ProcessEnv = process.env): boolean {
  return !environment['KAFKA_BROKERS'];
}

/** Fills in what is unset or empty; a workspace only together with the broker that it belongs to. */
export function fillInCrmSettings(file: DevFile | null, environment: NodeJS.ProcessEnv = process.env): void {
  const fill = (name: string, value: string | null | undefined) => {
    if (!environment[name] && value) environment[name] = value;
  };
  fill('CRM_DATA_FILE', join(PATHS.standaloneCrm, 'crm.json'));
  if (!needsInstallation(environment)) return;
  fill('KAFKA_BROKERS', file?.kafka_brokers);
  fill('CRM_WORKSPACE_ID', file?.workspace_id);
  fill('CRM_TOPIC_PREFIX', environment['KAFKA_TOPIC_PREFIX']);
}
