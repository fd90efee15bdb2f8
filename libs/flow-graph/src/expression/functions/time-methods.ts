import { define, type CelFunction, type FunctionTable } from './cel-function.js';
import { wallClockMs } from './time-zone.js';

/** Parts of timestamps, in UTC or in a zone, and totals of durations, numbered as in CEL: months, days of month and of year from 0. */
const ZONE_UNITS = 2_000;
const DAY_MS = 86_400_000;

function part(read: (date: Date) => number): CelFunction[] {
  return [
    define(['timestamp'], 'int', ([timestamp]) => BigInt(read(new Date(timestamp.ms)))),
    define(['timestamp', 'string'], 'int', ([timestamp, zone], frame) => {
      frame.spend(ZONE_UNITS);
      return BigInt(read(new Date(wallClockMs(timestamp.ms, zone))));
    }),
  ];
}

function total(unitMs: number): CelFunction {
  return define(['duration'], 'int', ([duration]) => BigInt(Math.trunc(duration.ms / unitMs)));
}

export const TIME_METHODS: FunctionTable = {
  getFullYear: part((date) => date.getUTCFullYear()),
  getMonth: part((date) => date.getUTCMonth()),
  getDate: part((date) => date.getUTCDate()),
  getDayOfMonth: part((date) => date.getUTCDate() - 1),
  getDayOfWeek: part((date) => date.getUTCDay()),
  getDayOfYear: part((date) => Math.floor((date.getTime() - startOfYear(date)) / DAY_MS)),
  getHours: [...part((date) => date.getUTCHours()), total(3_600_000)],
  getMinutes: [...part((date) => date.getUTCMinutes()), total(60_000)],
  getSeconds: [...part((date) => date.getUTCSeconds()), total(1_000)],
  getMilliseconds: [...part((date) => date.getUTCMilliseconds()), total(1)],
};

function startOfYear(date: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return start.getTime();
}
