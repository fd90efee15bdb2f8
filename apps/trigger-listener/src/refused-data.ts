/**
 * Whether PostgreSQL refused the values (classes 22 data exception, 23 integrity, 54 limit exceeded): sending the same again cannot help.
 * Everything else (connection, lock, shutdown, and also a statement that does not fit the schema) concerns all events alike and is tried again.
 */
export function isRefusedData(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(?:22|23|54)[0-9A-Z]{3}$/.test(code);
}
