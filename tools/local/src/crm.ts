/**
 * `npm run crm`: one more CRM, in the foreground, beside the one of `npm start`. Its own data, a free port unless PORT is set, and the
 * broker and workspace of the running installation unless the environment names others.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fillInCrmSettings, needsInstallation } from './crm.config.js';
import { readDevFile } from './dev-file/dev-file.store.js';
import { PATHS, REPOSITORY, shown } from './installation.js';

const file = needsInstallation() ? await readDevFile(PATHS.devFile) : null;
if (needsInstallation() && (file === null || Object.keys(file.pids).length === 0)) {
  process.stderr.write('The CRM needs a Kafka broker: run "npm start" in another terminal first, or set KAFKA_BROKERS.\n');
  process.exit(1);
}
fillInCrmSettings(file);
if (file)
  process.stdout.write(
    `Events go to ${file.kafka_brokers}, workspace ${file.workspace_id ?? '(none yet)'}, as ${shown(PATHS.devFile)} says.\n`,
  );
await import(pathToFileURL(join(REPOSITORY, 'tools', 'crm-simulator', 'dist', 'main.js')).href);
