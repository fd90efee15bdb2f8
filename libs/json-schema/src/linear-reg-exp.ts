import { RE2JS } from 're2js';

/**
 * Patterns run on RE2, in time linear to the text: users write them, and a JavaScript regular expression can run for ever.
 * What is returned must be the RE2JS itself: Ajv tells the patterns of a schema apart by their `toString()`.
 */
export const linearRegExp = Object.assign((pattern: string) => RE2JS.compile(RE2JS.translateRegExp(pattern)), {
  code: 'linearRegExp',
});
