/** jest global teardown: ends what start-infrastructure.ts has started, once for all projects. */
import type { TestInfrastructure } from './test-infrastructure.js';

const holder = globalThis as { flowsTestInfrastructure?: Promise<TestInfrastructure> };

export default async function stopInfrastructure(): Promise<void> {
  const running = await holder.flowsTestInfrastructure;
  delete holder.flowsTestInfrastructure;
  await running?.stop();
}
