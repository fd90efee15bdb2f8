import { encodeBinary, encodeStructured, type CloudEvent } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEvent } from './decode-event.js';

const workspaceId = '0193a000-0000-7000-8000-0000000000aa';
const event: CloudEvent = {
  specversion: '1.0',
  id: 'e1',
  source: '/crm',
  type: 'lead.created',
  workspaceid: workspaceId,
  data: { lead_id: 'l1' },
};
const message = (value: string | Buffer | null, headers: Record<string, string> = {}): KafkaMessage => ({
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers,
  timestamp: 0,
  topic: 'crm.events.v1',
  partition: 0,
  offset: '0',
});

describe('decodeEvent', () => {
  it('reads a bare line, structured and binary mode alike', () => {
    const [structured, binary] = [encodeStructured(event), encodeBinary(event)];
    for (const each of [
      message(JSON.stringify(event)),
      message(structured.value, structured.headers),
      message(binary.value, binary.headers),
    ]) {
      expect(decodeEvent(each)).toMatchObject({ ok: true, workspaceId, event });
    }
  });

  it.each([
    ['not_json', message('{'), /JSON/],
    ['not_json', message(Buffer.from([0x7b, 0xff, 0x7d])), /UTF-8/],
    ['empty_message', message(null), /value/],
    ['not_an_event', message('[1]'), /object/],
    ['schema_invalid', message(JSON.stringify({ ...event, workspaceid: undefined })), /#\/workspaceid/],
    ['schema_invalid', message(JSON.stringify({ ...event, time: 'yesterday' })), /#\/time/],
    ['schema_invalid', message(JSON.stringify({ ...event, data: 'text' })), /#\/data/],
    ['schema_invalid', message(JSON.stringify({ ...event, causationdepth: -1 })), /#\/causationdepth/],
    ['unknown_workspace', message(JSON.stringify({ ...event, workspaceid: 'acme' })), /"acme"/],
    ['data_invalid', message(JSON.stringify({ ...event, data: { lead_id: 7 } })), /#\/data\/lead_id/],
    ['not_storable', message(JSON.stringify({ ...event, subject: 'a\0' })), /#\/subject/],
    ['event_too_large', message('x'.repeat(1_100_000)), /1100000/],
  ])('refuses as %s', (code, bad, detail) => {
    expect(decodeEvent(bad)).toMatchObject({ ok: false, code, detail: expect.stringMatching(detail) });
  });

  it('answers anything with an event or a reason', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(event))),
        fc.dictionary(fc.constantFrom('content-type', 'ce_specversion', 'ce_id', 'ce_type', '__proto__'), fc.string()),
        (value, headers) => {
          const decoding = decodeEvent(message(value, headers));
          expect(decoding.ok || (decoding.code !== '' && decoding.detail !== '')).toBe(true);
        },
      ),
    );
  });
});
