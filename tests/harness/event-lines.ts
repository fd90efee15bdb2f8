import { v4 as uuid } from 'uuid';

/** A CloudEvent as a foreign producer writes it: one line of JSON. */
export function eventLine(workspaceId: string, type: string, subject: string, data: object = {}, id: string = uuid()): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '/some-crm',
    type,
    subject,
    time: new Date().toISOString(),
    workspaceid: workspaceId,
    data,
  });
}
