import type { Check } from '../violation.js';
import { checkI1 } from './i1-event-starts-one-run.js';
import { checkI2 } from './i2-effect-once-per-key.js';
import { checkI3 } from './i3-no-accepted-run-lost.js';
import { checkI4 } from './i4-no-stuck-run.js';
import { checkI5 } from './i5-legal-edges.js';
import { checkI6 } from './i6-history-dense.js';
import { checkI7 } from './i7-state-is-the-fold.js';
import { checkI8 } from './i8-outbox-complete.js';
import { checkI9 } from './i9-inbox-once.js';
import { checkI10 } from './i10-order-per-run.js';
import { checkI11 } from './i11-tenancy.js';
import { checkI12 } from './i12-pause-and-cancel.js';
import { checkI13 } from './i13-timers.js';
import { checkI14 } from './i14-version-pin.js';
import { checkI15 } from './i15-fencing.js';
import { checkI16 } from './i16-path-sound.js';

/** The invariants that can be read off what is left in the end. I0 is a test (kafka-lost), I17 to I22 are asked of live services. */
export const CHECKS = {
  I1: checkI1,
  I2: checkI2,
  I3: checkI3,
  I4: checkI4,
  I5: checkI5,
  I6: checkI6,
  I7: checkI7,
  I8: checkI8,
  I9: checkI9,
  I10: checkI10,
  I11: checkI11,
  I12: checkI12,
  I13: checkI13,
  I14: checkI14,
  I15: checkI15,
  I16: checkI16,
} as const satisfies Record<string, Check>;
export type InvariantId = keyof typeof CHECKS;
