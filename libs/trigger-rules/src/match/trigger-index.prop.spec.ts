import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesEventType } from './event-type-pattern.js';
import { TriggerIndex } from './trigger-index.js';

const types = ['lead.created', 'lead.segment.entered', 'lead', 'deal.created', 'leads.created', 'lead.'];
const entry = fc.record({
  id: fc.integer({ min: 0, max: 9 }).map(String),
  workspaceId: fc.constantFrom('a', 'b'),
  eventType: fc.constantFrom('lead.created', 'lead.*', 'lead.segment.*', 'lead.segment.entered', 'deal.*', 'lead'),
});
const change = fc.oneof(
  entry.map((row) => ({ set: row })),
  fc.integer({ min: 0, max: 9 }).map((id) => ({ remove: String(id) })),
);

describe('TriggerIndex', () => {
  it('finds what a scan over all triggers finds, after any changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const index = new TriggerIndex<{ row: { id: string; workspaceId: string; eventType: string } }>();
        const all = new Map<string, { id: string; workspaceId: string; eventType: string }>();
        for (const step of changes) {
          if ('set' in step) {
            index.set({ row: step.set });
            all.set(step.set.id, step.set);
          } else expect(index.delete(step.remove)).toBe(all.delete(step.remove));
        }
        expect(index.size).toBe(all.size);
        for (const workspaceId of ['a', 'b', 'c']) {
          for (const type of types) {
            const found = index.find(workspaceId, type).map(({ row }) => row.id);
            const expected = [...all.values()]
              .filter((row) => row.workspaceId === workspaceId && matchesEventType(row.eventType, type))
              .map((row) => row.id);
            expect(found.sort()).toEqual(expected.sort());
          }
        }
      }),
    );
  });
});
