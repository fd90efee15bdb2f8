/** What a person needs to go on by hand, once everything runs. Pure. */
import type { DevFile } from './dev-file/dev-file.js';

export interface ClosingWords {
  readonly file: DevFile;
  readonly crmTopic: string;
  readonly logs: string;
  readonly devFile: string;
  readonly segment: string;
}

export function closingWords({ file, crmTopic, logs, devFile, segment }: ClosingWords): string {
  const event = JSON.stringify({
    specversion: '1.0',
    id: 'my-event-1',
    source: 'kcat',
    type: 'lead.segment_entered',
    subject: 'lead_0003',
    workspaceid: file.workspace_id,
    data: { lead_id: 'lead_0003', segment_id: segment, lead: { id: 'lead_0003', name: 'Priya Raman', title: 'Chief Financial Officer', company: { name: 'Cobalt Ledger', employees: 85, industry: 'Fintech' } } },
  });
  return `API          ${file.gateway_url}/api/v1/flows
OpenAPI      ${file.gateway_url}/api/v1/openapi.json
CRM          ${file.crm_url}
Kafka        ${file.kafka_brokers}
Workspace    ${file.workspace_id ?? '–'}
Token        ${file.token ?? '–'}
Logs         ${logs}/
All of it    ${devFile}

List the runs:
  curl -H 'Authorization: Bearer ${file.token ?? ''}' ${file.gateway_url}/api/v1/flows/runs

Let a lead enter the segment at the CRM:
  curl -X PUT -H 'x-workspace-id: ${file.workspace_id ?? ''}' ${file.crm_url}/segments/${segment}/members/lead_0005

Or send the event yourself, with any Kafka producer:
  echo '${event}' | kcat -P -b ${file.kafka_brokers} -t ${crmTopic}`;
}
