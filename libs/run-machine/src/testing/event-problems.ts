import {
  compileDecoder,
  FACT_TYPES,
  RunEventSchemas,
  runEventJson,
  toTypeId,
  type Decoded,
  type FactType,
  type RunEvent,
  type RunFact,
} from '@flows/contracts';
import { RUN_ID } from './run-driver.js';

const decoders = new Map<FactType, (value: unknown) => Decoded<RunEvent>>(
  FACT_TYPES.map((type) => [type, compileDecoder<RunEvent>(RunEventSchemas[type])]),
);

/** What a reader of the published event finds wrong with it. */
export function problemsOf(fact: RunFact): unknown[] {
  const text = runEventJson(toTypeId('run', RUN_ID), fact, JSON.stringify(fact.data));
  const decoded = decoders.get(fact.type)?.(JSON.parse(text));
  return decoded === undefined || decoded.ok ? [] : decoded.problems;
}
