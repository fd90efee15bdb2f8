import { describe, expect, it } from '@jest/globals';
import { compilePayloadCheck } from './payload-check.js';

describe('compilePayloadCheck', () => {
  it('names the place that does not fit', () => {
    const check = compilePayloadCheck({
      type: 'object',
      additionalProperties: false,
      required: ['lead'],
      properties: { lead: { type: 'object', properties: { 'e/mail': { type: 'string', format: 'email' } } } },
    });
    expect(check({ lead: {} })).toBeNull();
    expect(check({})).toMatchObject({ code: 'payload_invalid', pointer: '#/lead', message: '"lead" is required' });
    expect(check({ lead: {}, other: 1 })).toMatchObject({ pointer: '#/other' });
    expect(check({ lead: { 'e/mail': 'no' } })).toMatchObject({ pointer: '#/lead/e~1mail' });
  });
  it('takes anything of the allowed size without a schema', () => {
    const check = compilePayloadCheck(null);
    expect(check({ any: ['thing'] })).toBeNull();
    expect(check('x'.repeat(300_000))).toMatchObject({ code: 'payload_too_large' });
  });
  it('refuses every payload by a schema that cannot be used, and says so', () => {
    expect(compilePayloadCheck({ $ref: 'https://elsewhere.example/schema' })({})).toMatchObject({ code: 'input_schema_invalid' });
    expect(compilePayloadCheck(false)({})).toMatchObject({ code: 'payload_invalid' });
  });
  it('lets no pattern run away', () => {
    const startedAt = performance.now();
    expect(compilePayloadCheck({ type: 'string', pattern: '^(a+)+$' })(`${'a'.repeat(20_000)}!`)).toMatchObject({ pointer: '#' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
