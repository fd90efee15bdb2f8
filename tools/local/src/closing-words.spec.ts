import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { closingWords, type ClosingWords } from './closing-words.js';

const WORDS: ClosingWords = {
  file: {
    gateway_url: 'http://127.0.0.1:3000',
    workspace_id: 'ws_1',
    token: 'tnx_1',
    admin_token: 'flows_admin_1',
    kafka_brokers: '127.0.0.1:9092',
    database_url: 'postgres://postgres:secret@127.0.0.1:5432/flows',
    crm_url: 'http://127.0.0.1:3001',
    pids: {},
  },
  crmTopic: 'crm.events.v1',
  segment: 'seg_hot_leads',
  examples: [
    { id: 'lead_1', name: 'Mara Lindqvist' },
    { id: 'lead_2', name: "Aoife O'Brennan", title: 'Partner', company: { employees: 54 } },
  ],
  eventId: 'example-1',
  logs: '.flows/logs',
  devFile: '.flows/dev.json',
};

describe('closingWords', () => {
  it('shows lines that a shell takes as they are', () => {
    const echo = /echo .* (?=\| kcat -P -b 127\.0\.0\.1:9092 -t crm\.events\.v1)/.exec(closingWords(WORDS))?.[0] ?? '';
    expect(JSON.parse(execFileSync('/bin/sh', ['-c', echo], { encoding: 'utf8' }))).toEqual({
      specversion: '1.0',
      id: 'example-1',
      source: 'kcat',
      type: 'lead.segment_entered',
      subject: 'lead_2',
      workspaceid: 'ws_1',
      data: { lead_id: 'lead_2', segment_id: 'seg_hot_leads', lead: WORDS.examples[1] },
    });
  });

  it('tells neither the admin token nor the password of the database', () => {
    expect(closingWords(WORDS)).not.toMatch(/flows_admin|secret/);
  });

  it('has no example where no lead is left for one', () => {
    expect(closingWords({ ...WORDS, examples: [undefined, undefined] })).not.toMatch(/kcat|PUT/);
  });
});
