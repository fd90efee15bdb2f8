import type { FlowTemplate } from '../flow-template.js';

/**
 *   lead enters the segment ──► enrich ──► qualified ──score >= min_score──► add      (to the sequence)
 *                                              └───────────else────────────► nurture  (the lead's status)
 */
export const leadToSequence: FlowTemplate = {
  slug: 'lead-to-sequence',
  version: 1,
  name: 'Lead to sequence',
  description:
    'Enrich leads that enter a segment and add the good ones to an e-mail sequence; the others are marked for nurturing',
  category: 'outbound',
  inputsSchema: {
    type: 'object',
    required: ['segment_id', 'sequence_id'],
    additionalProperties: false,
    properties: {
      segment_id: {
        type: 'string',
        minLength: 1,
        title: 'Segment',
        description: 'Leads that enter it start the flow',
        'x-picker': 'crm.segment',
      },
      sequence_id: {
        type: 'string',
        minLength: 1,
        title: 'Sequence',
        description: 'Good leads are added to it',
        'x-picker': 'crm.sequence',
      },
      min_score: {
        type: 'number',
        minimum: 0,
        maximum: 100,
        default: 50,
        title: 'Least score',
        description: 'From which score on a lead is good',
      },
    },
  },
  requiredConnections: [{ name: 'crm', provider: 'crm' }],
  agents: [
    {
      slug: 'lead-enricher',
      name: 'Lead enricher',
      instructions:
        'You get a lead of a CRM. Judge how well it fits a business-to-business sales team: seniority of the title, size and industry of the company, completeness of the data. ' +
        'Answer with a score from 0 (no fit) to 100 (perfect fit), one sentence that says why, and the seniority.',
      input_schema: { type: 'object', required: ['lead'], properties: { lead: { type: 'object' } } },
      output_schema: {
        type: 'object',
        required: ['score', 'summary'],
        properties: {
          score: { type: 'number', minimum: 0, maximum: 100, description: 'How well the lead fits' },
          summary: { type: 'string', description: 'One sentence that says why' },
          seniority: { type: 'string', enum: ['unknown', 'individual', 'manager', 'director', 'executive'] },
          made_by: { type: 'string' },
        },
      },
    },
  ],
  definition: {
    input_schema: {
      type: 'object',
      required: ['lead'],
      properties: { lead: { type: 'object', required: ['id'], properties: { id: { type: 'string', minLength: 1 } } } },
    },
    output: {
      score: '${ steps.enrich.output.score }',
      summary: '${ steps.enrich.output.summary }',
      added: '${ steps.add.status == "completed" }',
    },
    settings: { timeout: '7d', on_failure: 'halt' },
    graph: {
      steps: [
        {
          id: 'enrich',
          type: 'agent',
          name: 'Enrich the lead',
          agent: 'lead-enricher',
          input: { lead: '${ payload.lead }' },
          retry: {
            max_attempts: 4,
            initial_interval: '1s',
            backoff: 2,
            max_interval: '1m',
            jitter: true,
            non_retryable: ['invalid_input'],
          },
          timeout: '2m',
        },
        { id: 'qualified', type: 'branch', name: 'Good enough?' },
        {
          id: 'add',
          type: 'connector',
          name: 'Add to the sequence',
          connection: 'crm',
          action: 'sequences.add_lead',
          input: { lead_id: '${ payload.lead.id }', sequence_id: '${ inputs.sequence_id }' },
        },
        {
          id: 'nurture',
          type: 'connector',
          name: 'Mark for nurturing',
          connection: 'crm',
          action: 'leads.update',
          input: { lead_id: '${ payload.lead.id }', fields: { status: 'nurture' } },
        },
      ],
      edges: [
        { from: 'enrich', to: 'qualified' },
        { from: 'qualified', to: 'add', condition: 'steps.enrich.output.score >= inputs.min_score' },
        { from: 'qualified', to: 'nurture' },
      ],
    },
  },
  trigger: ({ segment_id: segment }) => ({
    type: 'crm_event',
    name: 'A lead enters the segment',
    event_type: 'lead.segment_entered',
    filter: `event.data.segment_id == ${JSON.stringify(segment)}`,
    mapping: { lead: '${ event.data.lead }' },
  }),
};
