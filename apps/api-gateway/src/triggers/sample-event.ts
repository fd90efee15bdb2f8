import { checkCloudEvent, toTypeId, type CloudEvent, type JsonValue } from '@flows/contracts';
import { validationFailed } from '../http/api-problem.js';

/**
 * An event to try a trigger with: only `type` and `data` have to be given.
 * @throws ApiProblem `validation_failed`
 */
export function sampleEvent(workspaceId: string, given: Record<string, JsonValue>): CloudEvent {
  const event = {
    specversion: '1.0',
    id: 'sample',
    source: '/flows/sample',
    time: new Date().toISOString(),
    data: {},
    ...given,
    workspaceid: toTypeId('ws', workspaceId),
  };
  const checked = checkCloudEvent(event);
  if (!checked.ok)
    throw validationFailed(checked.problems.map((problem) => ({ ...problem, pointer: `#/event${problem.pointer.slice(1)}` })));
  return checked.value;
}
