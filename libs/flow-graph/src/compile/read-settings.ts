import { SettingsSchema, type FlowSettings } from '@flows/contracts';
import { ShapeCheck } from './check-shape.js';
import { isRecord } from './draft-graph.js';
import type { ProblemList } from './problem-list.js';
import { checkRunTimeout } from './rules/durations.rule.js';

/** The settings of a definition, each null or undefined where it is missing or malformed. */
export interface ReadSettings {
  readonly timeout: string | undefined;
  readonly concurrencyLimit: number | null;
  /** A mapping: a text with `${ … }`. */
  readonly concurrencyKey: string | null;
  readonly priority: number | undefined;
  /** The id of the step that `on_cancel` goes to, whether or not there is such a step. */
  readonly onCancel: string | null;
  readonly onReauth: FlowSettings['on_reauth'];
}

const SHAPE = new ShapeCheck(SettingsSchema);

export function readSettings(value: unknown, pointer: string, problems: ProblemList): ReadSettings {
  if (value !== undefined && !isRecord(value)) problems.add(pointer, 'invalid_type', '"settings" is an object');
  const raw = isRecord(value) ? value : {};
  SHAPE.check(raw, pointer, problems);
  checkRunTimeout(raw['timeout'], `${pointer}/timeout`, problems);
  const { timeout, priority } = raw as FlowSettings;
  const concurrency = isRecord(raw['concurrency']) ? raw['concurrency'] : {};
  const onCancel = isRecord(raw['on_cancel']) ? raw['on_cancel']['goto'] : undefined;
  return {
    timeout: typeof timeout === 'string' ? timeout : undefined,
    concurrencyLimit: typeof concurrency['limit'] === 'number' ? concurrency['limit'] : null,
    concurrencyKey: typeof concurrency['key'] === 'string' ? concurrency['key'] : null,
    priority,
    onCancel: typeof onCancel === 'string' ? onCancel : null,
    onReauth: (raw as FlowSettings).on_reauth,
  };
}
