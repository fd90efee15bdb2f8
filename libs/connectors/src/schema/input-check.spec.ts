import { describe, expect, it } from '@jest/globals';
import { CONNECTORS } from '../connector-registry.js';
import { checkActionInput } from './input-check.js';

const addLead = CONNECTORS.get('crm')!.actions['sequences.add_lead']!;

describe('checkActionInput', () => {
  it('passes what fits', () => expect(checkActionInput(addLead, { lead_id: 'lead_1', sequence_id: 'seq_1' })).toBeNull());

  it('names the place of the first problem and lists all', () => {
    const error = checkActionInput(addLead, { lead_id: 7, extra: true });
    expect(error?.flowError).toMatchObject({ code: 'invalid_input', class: 'non_retryable' });
    const pointers = (error?.flowError.details?.['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['#/extra', '#/lead_id', '#/sequence_id']);
  });

  it.each(['.', '..'])('refuses the id "%s", which would be another path', (lead_id) => {
    expect(checkActionInput(addLead, { lead_id, sequence_id: 'seq_1' })?.flowError.details?.['pointer']).toBe('#/lead_id');
  });
});

describe('the registry', () => {
  it('has schemas that compile, for every action', () => {
    for (const connector of CONNECTORS.values()) {
      for (const action of Object.values(connector.actions)) expect(() => checkActionInput(action, {})).not.toThrow();
    }
  });
});
