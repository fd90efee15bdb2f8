import type { Conditions } from '../../invariants/evidence/evidence.js';
import type { Cast, Stage } from '../stage.js';
import { commandedAgain, deadHolder } from './effects.scenario.js';
import { controls } from './controls.scenario.js';
import { lateReport } from './late-report.scenario.js';
import { lostFiring, neverPublished } from './lost.scenario.js';
import { ordinary } from './ordinary.scenario.js';
import { foldFails, publishFails } from './redelivery.scenario.js';
import { twoWriters } from './two-writers.scenario.js';

/** A short course of events, after which a healthy installation has nothing to hide and a mutant has. */
export interface Scenario {
  cast: Cast;
  /** Returns what may be asked of the evidence. */
  act(stage: Stage): Promise<Partial<Conditions>>;
}

export const SCENARIOS = {
  ordinary,
  controls,
  'lost firing': lostFiring,
  'never published': neverPublished,
  'publish fails': publishFails,
  'fold fails': foldFails,
  'late report': lateReport,
  'two writers': twoWriters,
  'commanded again': commandedAgain,
  'dead holder': deadHolder,
} as const;
export type ScenarioName =
  | 'ordinary'
  | 'controls'
  | 'lost firing'
  | 'never published'
  | 'publish fails'
  | 'fold fails'
  | 'late report'
  | 'two writers'
  | 'commanded again'
  | 'dead holder';
