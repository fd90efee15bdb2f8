import { describe, expect, it } from '@jest/globals';
import { readTestServer } from '../testkit.config.js';
import { createTestDatabase } from './test-database.js';

describe('createTestDatabase', () => {
  it('gives migrated databases that share nothing, and drops them', async () => {
    const [first, second] = await Promise.all([createTestDatabase({ label: 'A-b!' }), createTestDatabase()]);
    try {
      await first.query("insert into workspaces (id, name) values (gen_random_uuid(), 'one')");
      expect(await first.query('select name from workspaces')).toEqual([{ name: 'one' }]);
      expect(await second.query('select name from workspaces')).toEqual([]);
      expect(first.name).toMatch(/^flows_a_b__[0-9a-f]{10}$/);
      expect(new URL(first.url).host).toBe(new URL(readTestServer('FLOWS_TEST_DATABASE_URL')).host);
    } finally {
      await first.close();
    }
    expect(await second.query('select from pg_database where datname = $1', [first.name])).toEqual([]);
    await second.close();
  });
});
