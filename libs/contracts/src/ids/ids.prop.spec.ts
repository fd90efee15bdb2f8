import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deriveId } from './derived-id.js';
import { fromTypeId, ID_PREFIXES, isUuid, toTypeId } from './type-id.js';

describe('TypeID', () => {
  it('writes the examples of the specification', () => {
    expect(toTypeId('run', '00000000-0000-0000-0000-000000000000')).toBe('run_00000000000000000000000000');
    expect(toTypeId('run', 'ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('run_7zzzzzzzzzzzzzzzzzzzzzzzzz');
    expect(toTypeId('run', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('run_01h455vb4pex5vsknk084sn02q');
  });

  it('reads what it wrote, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ID_PREFIXES),
        fc.uuid(),
        (prefix, uuid) => fromTypeId(prefix, toTypeId(prefix, uuid)) === uuid,
      ),
    );
    for (const text of [
      'run_',
      'run_8zzzzzzzzzzzzzzzzzzzzzzzzz',
      'wf_01h455vb4pex5vsknk084sn02q',
      'run_01h455vb4pex5vsknk084sn02',
      'run_01h455vb4pex5vsknk084sn02u',
    ]) {
      expect(fromTypeId('run', text)).toBeNull();
    }
  });
});

describe('deriveId', () => {
  it('gives a UUIDv7 with the time of its parent, the same for the same name, another for another', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), fc.string(), fc.string(), (parent, one, other) => {
        const id = deriveId(parent, one);
        expect(isUuid(id)).toBe(true);
        expect(id.slice(0, 15)).toBe(`${parent.slice(0, 13)}-7`);
        expect(id.charAt(19)).toMatch(/[89ab]/);
        expect(deriveId(parent, one)).toBe(id);
        if (one !== other) expect(deriveId(parent, other)).not.toBe(id);
      }),
    );
  });
});
