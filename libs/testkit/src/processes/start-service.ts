import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChildService, type ChildService, type ChildServiceOptions } from './child-service.js';

const REPOSITORY = new URL('../../../../', import.meta.url);

export type ServiceName = 'api-gateway' | 'orchestrator' | 'step-executor' | 'trigger-listener' | 'webhook-dispatcher';

/** One of the apps, as built, with the repository as working directory. Each start is another process: call it twice for two replicas. */
export async function startService(
  name: ServiceName,
  env: Record<string, string>,
  options: Pick<ChildServiceOptions, 'nodeArguments' | 'readyTimeoutMs'> = {},
): Promise<ChildService> {
  const entry = fileURLToPath(new URL(`apps/${name}/dist/main.js`, REPOSITORY));
  if (!existsSync(entry)) throw new Error(`${name} is not built: run "npm run build"`);
  return startChildService({ ...options, entry, env, cwd: fileURLToPath(REPOSITORY) });
}
