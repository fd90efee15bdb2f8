import { fromTypeId, type IdPrefix } from '@flows/contracts';
import type { PipeTransform } from '@nestjs/common';
import { notFound } from './api-problem.js';

const NAMES: Record<IdPrefix, string> = {
  wf: 'Workflow',
  ver: 'Version',
  run: 'Run',
  srun: 'Step run',
  trg: 'Trigger',
  conn: 'Connection',
  agt: 'Agent',
  evt: 'Event',
  wh: 'Webhook',
  key: 'API key',
  ws: 'Workspace',
  apr: 'Approval',
  blk: 'Bulk job',
};

/** The UUID of an id in a path. A text that is no such id names nothing: 404, as an id that does not exist. */
export class TypeIdPipe implements PipeTransform<string, string> {
  constructor(private readonly prefix: IdPrefix) {}

  transform(text: string): string {
    const uuid = fromTypeId(this.prefix, text);
    if (uuid === null) throw notFound(`${NAMES[this.prefix]} ${text}`);
    return uuid;
  }
}
