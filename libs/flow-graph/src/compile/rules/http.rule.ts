import { isRecord, type DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';
import { pointerSegment } from '../../plan/pointer.js';

/** A field name of HTTP (RFC 9110, 5.6.2). */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * What is certain about a request before any run. Values in a URL are encoded, so that they can add no "://": scheme and slashes
 * must stand in the literal part, unless the whole URL is one expression. Whether the address may be called is the gateway's to say.
 */
export function checkHttp({ type, raw, pointer, id }: DraftStep, problems: ProblemList, warnings: ProblemList): void {
  if (type !== 'http') return;
  const { url, headers, input } = raw;
  if (typeof url === 'string' && url !== '' && !url.startsWith('${') && !/^https?:\/\/[^/?#]/i.test(url)) {
    problems.add(`${pointer}/url`, 'invalid_url', '"url" begins with http:// or https:// and a host, or is one "${ … }"', id);
  }
  for (const name of isRecord(headers) ? Object.keys(headers) : []) {
    if (!FIELD_NAME.test(name))
      problems.add(
        `${pointer}/headers/${pointerSegment(name)}`,
        'invalid_value',
        `"${name.slice(0, 60)}" is no name of a header`,
        id,
      );
  }
  if (input !== undefined)
    warnings.add(
      `${pointer}/input`,
      'unused_input',
      'An http step sends "url", "headers" and "body"; its "input" is not used',
      id,
    );
}
