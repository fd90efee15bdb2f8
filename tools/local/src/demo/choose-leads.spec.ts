import { describe, expect, it } from '@jest/globals';
import type { Lead } from '../crm/crm.client.js';
import { chooseExamples, chooseLeads, promiseOf } from './choose-leads.js';

const strong = (id: string): Lead => ({ id, name: id, title: 'VP Operations', company: { employees: 2_600 } });
const weak = (id: string): Lead => ({ id, name: id, title: 'Student' });
const unclear = (id: string): Lead => ({ id, name: id, title: 'Founder', company: { employees: 38 } });
const LEADS = [
  strong('s1'),
  weak('w1'),
  unclear('u1'),
  strong('s2'),
  strong('s3'),
  strong('s4'),
  strong('s5'),
  weak('w2'),
  weak('w3'),
];
const ids = (leads: readonly Lead[]) => leads.map(({ id }) => id);

describe('promiseOf', () => {
  it('sorts at first sight', () => {
    expect([strong('a'), weak('b'), unclear('c')].map(promiseOf)).toEqual(['promising', 'weak', 'unclear']);
  });
});

describe('chooseLeads', () => {
  it('mixes four promising leads with two weak ones', () => {
    expect(chooseLeads(LEADS, new Set(), new Set())).toMatchObject({ missing: 0, leaveFirst: [] });
    expect(ids(chooseLeads(LEADS, new Set(), new Set()).chosen)).toEqual(['s1', 's2', 'w1', 's3', 's4', 'w2']);
  });

  it('takes nobody who is in the sequence already', () => {
    const { chosen, missing } = chooseLeads(LEADS, new Set(), new Set(['s1', 's2', 's3', 's4']));
    expect(ids(chosen)).toEqual(['s5', 'w1', 'w2']);
    expect(missing).toBe(3);
  });

  it('prefers those outside the segment, and has the others leave it first', () => {
    const { chosen, leaveFirst } = chooseLeads(LEADS, new Set(['s1', 'w1', 'w2']), new Set());
    expect(ids(chosen)).toEqual(['s2', 's3', 'w3', 's4', 's5', 'w1']);
    expect(ids(leaveFirst)).toEqual(['w1']);
  });

  it('asks for all where the CRM is empty', () => {
    expect(chooseLeads([], new Set(), new Set())).toEqual({ chosen: [], leaveFirst: [], missing: 4 });
  });
});

describe('chooseExamples', () => {
  it('has those first that no demo takes, and nobody who is in already', () => {
    expect(ids(chooseExamples(LEADS, new Set(['s1', 'w1']), new Set(['s2'])))).toEqual(['u1', 's3', 's4', 's5', 'w2', 'w3']);
  });
});
