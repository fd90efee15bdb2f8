/**
 * jest global setup: one PostgreSQL and one broker for the whole invocation. Test files find them in
 * FLOWS_TEST_DATABASE_URL and FLOWS_TEST_KAFKA_BROKERS, which the workers inherit.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { TestInfrastructure } from './test-infrastructure.js';

/** Where stop-infrastructure.ts finds it: setup and teardown are separate modules of one process. */
const holder = globalThis as { flowsTestInfrastructure?: Promise<TestInfrastructure> };

/** jest may run it for several projects; all share the first pair. */
export default async function startInfrastructure(): Promise<void> {
  const { databaseUrl, kafkaBrokers } = await (holder.flowsTestInfrastructure ??= startFromSources());
  process.env['FLOWS_TEST_DATABASE_URL'] = databaseUrl;
  process.env['FLOWS_TEST_KAFKA_BROKERS'] = kafkaBrokers;
}

/**
 * jest's module mapping does not reach a global setup. Node strips the types itself and only has to be told that `./x.js`
 * stands for `./x.ts`; so a test never runs on a stale build.
 */
async function startFromSources(): Promise<TestInfrastructure> {
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL !== undefined) {
        const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
        if (existsSync(fileURLToPath(source))) return nextResolve(source.href, context);
      }
      return nextResolve(specifier, context);
    },
  });
  try {
    const { startTestInfrastructure } = await import('./test-infrastructure.js');
    return await startTestInfrastructure();
  } finally {
    hooks.deregister();
  }
}
