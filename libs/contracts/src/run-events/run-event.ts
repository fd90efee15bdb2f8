import Type from 'typebox';
import type { JsonObject } from '../json/json-value.js';
import { FACT_TYPES, type RunFact } from './run-fact.js';

/** A fact as the outside sees it: on `flows.run-events.v1`, in GET `/runs/{id}/events`, over SSE. Ids typed, times RFC 3339. */
export const RunEventSchema = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  type: Type.Enum([...FACT_TYPES]),
  at: Type.String({ format: 'date-time' }),
  run_id: Type.String(),
  step_id: Type.Optional(Type.String()),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export interface RunEvent {
  seq: number;
  type: string;
  at: string;
  run_id: string;
  step_id?: string;
  data: JsonObject;
}

/** @param runTypeId the run's typed id: computed once for all facts of a run. */
export function toRunEvent(runTypeId: string, fact: RunFact): RunEvent {
  const event: RunEvent = {
    seq: fact.seq,
    type: fact.type,
    at: new Date(fact.at).toISOString(),
    run_id: runTypeId,
    data: fact.data as unknown as JsonObject,
  };
  if (fact.step_id !== undefined) event.step_id = fact.step_id;
  return event;
}

/** `toRunEvent` as JSON text, for who has the text of the fact's data already: the largest part is then encoded once. */
export function runEventJson(runTypeId: string, fact: RunFact, dataJson: string): string {
  const step = fact.step_id === undefined ? '' : `,"step_id":"${fact.step_id}"`;
  return `{"seq":${fact.seq},"type":"${fact.type}","at":"${new Date(fact.at).toISOString()}","run_id":"${runTypeId}"${step},"data":${dataJson}}`;
}
