/** What a person needs to go on by hand, once everything runs. Pure. */
import type { Lead } from './crm/crm.client.js';
import type { DevFile } from './dev-file/dev-file.js';

export interface ClosingWords {
  readonly file: DevFile;
  readonly crmTopic: string;
  readonly segment: string;
  /** Leads that can still enter: one for each of the two ways shown. */
  readonly examples: readonly [Lead | undefined, Lead | undefined];
  /** Of the example's event: a run is started once for each. */
  readonly eventId: string;
  readonly logs: string;
  readonly devFile: string;
}

export function closingWords(words: ClosingWords): string {
  const { file, segment, logs, devFile } = words;
  const [entering, sent] = words.examples;
  const parts = [
    `API          ${file.gateway_url}/api/v1/flows
OpenAPI      ${file.gateway_url}/api/v1/openapi.json
CRM          ${file.crm_url}
Kafka        ${file.kafka_brokers}
Workspace    ${file.workspace_id ?? '–'}
Token        ${file.token ?? '–'}
Logs         ${logs}/
All of it    ${devFile}`,
    `List the runs:
  curl -H 'Authorization: Bearer ${file.token ?? ''}' ${file.gateway_url}/api/v1/flows/runs`,
    entering &&
      `Let ${entering.name} enter the segment at the CRM:
  curl -X PUT ${file.crm_url}/segments/${segment}/members/${entering.id}`,
    sent &&
      `Or send the event yourself, with any Kafka producer (the same line again starts nothing):
  echo ${quoteForShell(JSON.stringify(segmentEntered(words, sent)))} | kcat -P -b ${file.kafka_brokers} -t ${words.crmTopic}`,
    'Ctrl-C stops everything; the data stays.',
  ];
  return parts.filter((part) => part !== undefined).join('\n\n');
}

function segmentEntered({ file, segment, eventId }: ClosingWords, { id, name, title, company }: Lead): object {
  return {
    specversion: '1.0',
    id: eventId,
    source: 'kcat',
    type: 'lead.segment_entered',
    subject: id,
    workspaceid: file.workspace_id,
    data: { lead_id: id, segment_id: segment, lead: { id, name, title, company } },
  };
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
