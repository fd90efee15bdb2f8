import type { CloudEvent, JsonObject, JsonValue } from '@flows/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileTrigger } from '../compile-trigger.js';
import { matchTrigger } from './match-trigger.js';
import { VERDICTS } from './verdict.js';

const FILTERS = [
  'event.data.a == 1',
  'event.data.a > event.data.b && has(event.data.c)',
  'event.data.list.exists(x, x == event.data.a)',
  'event.data.s.startsWith("x")',
  'size(event.data) > 2 && event.subject != ""',
  'default(event.data.a, 0) >= 0 || event.data.b in event.data.list',
  'event.data["toString"] == 1',
  'event["constructor"] == null',
];
const MAPPINGS: JsonValue[] = [
  null,
  { a: '${ event.data.a }', text: 'x ${ event.data.s } y' },
  '${ event.data }',
  { deep: [{ l: '${ event.data.list }' }] },
];

describe('matchTrigger', () => {
  it('answers every event with one verdict, the same each time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FILTERS),
        fc.constantFrom(...MAPPINGS),
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 's', 'list', '__proto__', 'constructor'), fc.jsonValue()),
        (filter, mapping, data) => {
          const compiled = compileTrigger({
            id: 't',
            workspaceId: 'w',
            workflowId: 'f',
            name: '',
            type: 'crm_event',
            enabled: true,
            eventType: 'x.*',
            source: null,
            filter,
            mapping,
          });
          if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
          const event: CloudEvent = {
            specversion: '1.0',
            id: '1',
            source: 's',
            type: 'x.y',
            workspaceid: 'w',
            data: data as JsonObject,
          };
          const before = JSON.stringify(event);
          const result = matchTrigger(compiled.trigger, event);
          expect(VERDICTS).toContain(result.verdict);
          expect(result.reason).not.toBe('');
          expect(matchTrigger(compiled.trigger, event)).toEqual(result);
          expect(JSON.stringify(event)).toBe(before);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
