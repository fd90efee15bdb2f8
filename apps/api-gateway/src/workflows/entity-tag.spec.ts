import { describe, expect, it } from '@jest/globals';
import type { WorkflowVersionEntity } from '@flows/postgres';
import { entityTag, matchesTag, requireMatch } from './entity-tag.js';

const version = (number: number, revision: number) => ({ number, revision }) as WorkflowVersionEntity;
const codeOf = (ifMatch: string | undefined, newest: WorkflowVersionEntity) => {
  try {
    requireMatch(ifMatch, newest, () => '"now"');
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('entity tags', () => {
  it('change with the representation, and are equal for equal ones', () => {
    expect(entityTag(version(2, 3), { a: 1, b: 2 })).toBe(entityTag(version(2, 3), { b: 2, a: 1 }));
    expect(entityTag(version(2, 3), { a: 1 })).not.toBe(entityTag(version(2, 3), { a: 2 }));
    expect(entityTag(version(2, 3), {})).toMatch(/^"v2\.3-[0-9a-f]{8}"$/);
  });

  it('protect the state of the definition only: a renamed workflow is no lost update', () => {
    const read = entityTag(version(2, 3), { name: 'old' });
    expect(codeOf(read, version(2, 3))).toBe('ok');
    expect(codeOf(`"x", ${read}`, version(2, 3))).toBe('ok');
    expect(codeOf(read, version(2, 4))).toBe('precondition_failed');
    expect(codeOf(read, version(2, 30))).toBe('precondition_failed');
    expect(codeOf(`W/${read}`, version(2, 3))).toBe('precondition_failed');
    expect(codeOf(undefined, version(2, 3))).toBe('precondition_required');
    expect(codeOf('*', version(9, 9))).toBe('ok');
  });

  it('answer a conditional read', () => {
    expect(matchesTag('"a", W/"b"', '"b"')).toBe(true);
    expect(matchesTag('*', '"b"')).toBe(true);
    expect(matchesTag('"a"', '"b"')).toBe(false);
    expect(matchesTag(undefined, '"b"')).toBe(false);
  });
});
