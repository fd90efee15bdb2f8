import { describe, expect, it } from '@jest/globals';
import { scanTemplate } from './scan-template.js';

const e = (source: string): object => ({ source });
const t = (literal: string): object => ({ literal });

describe('scanTemplate', () => {
  it.each([
    ['', []],
    ['plain $ and } and {', [t('plain $ and } and {')]],
    ['${a}', [e('a')]],
    ['x ${ a } y ${b}', [t('x '), e(' a '), t(' y '), e('b')]],
    ['${a}${b}', [e('a'), e('b')]],
    ['$${a}', [t('${a}')]],
    ['$$${a}', [t('$${a}')]],
    ['cost: $5 ${a}$', [t('cost: $5 '), e('a'), t('$')]],
    ['${ {"a": {"b": 1}}.a.b }', [e(' {"a": {"b": 1}}.a.b ')]],
    ['${ "}" }', [e(' "}" ')]],
    ["${ '}' + '${' }", [e(" '}' + '${' ")]],
    ['${ "\\"}" }', [e(' "\\"}" ')]],
    ['${ r"\\"}" }', [e(' r"\\"}" ')]],
    ['${ """a " } b""" }', [e(' """a " } b""" ')]],
    ["${ '''}''' }", [e(" '''}''' ")]],
    ['${ "" }', [e(' "" ')]],
    ['${ a // not the end }\n }', [e(' a // not the end }\n ')]],
  ])('%j', (text, parts) => {
    expect(scanTemplate(text)).toEqual({ ok: true, parts });
  });

  it.each(['${', 'x ${ a', '${ {"a": 1 }', '${ "a }', '${ """a" }', '${ a // }', "${ '\\' }"])('%j is never closed', (text) => {
    expect(scanTemplate(text)).toEqual({ ok: false, message: expect.stringContaining('never closed') });
  });
});
