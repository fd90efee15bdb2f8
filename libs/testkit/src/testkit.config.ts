/** The only place of this package that reads the environment: where jest's global setup has left the addresses of the real servers. */
export function readTestServer(name: 'FLOWS_TEST_DATABASE_URL' | 'FLOWS_TEST_KAFKA_BROKERS'): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `${name} is not set: this test needs real servers; run it in the jest project "int" or "e2e", whose global setup starts them`,
    );
  }
  return value;
}

/** What a child process must inherit to run at all; everything else is said by the test. */
export function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
