import { describe, expect, it } from '@jest/globals';
import { parseAllowedRanges } from './address-rules.js';
import { checkUrl } from './url-rules.js';

const REFUSED = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://2130706433/',
  'http://017700000001/',
  'http://127.255.255.254/',
  'http://0.0.0.0/',
  'http://0/',
  'http://10.0.0.1/',
  'http://10.255.255.255/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.170.2/',
  'http://100.64.0.1/',
  'http://192.0.0.192/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::ffff:0:7f00:1]/',
  'http://[::7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b::a00:1]/',
  'http://[64:ff9b:1::808:808]/',
  'http://[2002:7f00:1::]/',
  'http://[2002:a00:1::1]/',
  'http://[2001::1]/',
  'http://[2001:db8::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://localhost/',
  'http://localhost./',
  'http://LOCALHOST/',
  'http://api.localhost/',
  'http://①②⑦.0.0.1/',
  'http://127。0。0。1/',
  'http://user@example.com/',
  'http://user:password@example.com/',
  'http://example.com@127.0.0.1/',
  'http://example.com:22/',
  'http://example.com:5432/',
  'http://example.com:9092/',
  'https://8.8.8.8:8080/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://example.com/',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//example.com/',
  '/relative',
  'http://',
  'http://exa mple.com/',
  'http://127.0.0.1%0d%0aHost:x/',
  '',
];

const PASSED = [
  'http://example.com/',
  'https://example.com/a?b=c',
  'https://example.com:443/',
  'https://example.com:8443/',
  'http://example.com:80/',
  'http://8.8.8.8/',
  'http://[2606:4700::1111]/',
  'http://[::ffff:808:808]/',
  'http://[64:ff9b::808:808]/',
  'http://localhost.example.com/',
];

describe('checkUrl', () => {
  it.each(REFUSED)('refuses %s', (url) => expect(checkUrl(url)).toMatchObject({ ok: false, code: 'egress_denied' }));
  it.each(PASSED)('passes %s', (url) => expect(checkUrl(url)).toMatchObject({ ok: true }));

  it('lifts address and port rules inside allowed ranges only', () => {
    const allowed = parseAllowedRanges(['127.0.0.0/8', '10.1.0.0/16']);
    expect(checkUrl('http://127.0.0.1:4010/leads', allowed).ok).toBe(true);
    expect(checkUrl('http://localhost:4010/leads', allowed).ok).toBe(true);
    expect(checkUrl('http://[::ffff:7f00:1]:4010/', allowed).ok).toBe(true);
    expect(checkUrl('http://10.1.2.3:9000/', allowed).ok).toBe(true);
    expect(checkUrl('http://10.2.0.1/', allowed).ok).toBe(false);
    expect(checkUrl('http://8.8.8.8:9000/', allowed).ok).toBe(false);
    expect(checkUrl('ftp://127.0.0.1/', allowed).ok).toBe(false);
  });

  it('names a range that is none', () =>
    expect(() => parseAllowedRanges(['10.0.0.0'])).toThrow('"10.0.0.0" is no address range'));
});
