import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, FACT_TYPES, type FactType, type JsonValue, type RunFact, type RunInput } from '@flows/contracts';
import { decide } from '../decide/decide.js';
import { fold } from '../evolve/evolve.js';
import { isTerminal } from '../state/run-state.js';
import { arbitraryFlow, type ArbitraryFlow } from '../testing/arbitrary-flow.js';
import { drive, type DriveOptions } from '../testing/drive.js';
import { Tape } from '../testing/draw.js';
import { problemsOf } from '../testing/event-problems.js';
import { PLAIN_FLOW } from '../testing/random-flow.js';
import { planOf, RUN_ID, RunDriver, WORKSPACE_ID } from '../testing/run-driver.js';
import { stateJson } from '../testing/state-json.js';
import { arbitraryOddity, oddInput } from '../testing/odd-inputs.js';

/** The laws of architecture rule 1, over random flows of all step types and random controls at random moments. */
const flows = arbitraryFlow(PLAIN_FLOW);
/** No step fails the run, nothing races, so that the order of what arrives may not matter. */
const confluent = arbitraryFlow({ ...PLAIN_FLOW, mayHalt: false, races: false });
const tapes = fc.array(fc.nat(0xffff), { minLength: 100, maxLength: 200, size: 'max' });
const runs = { numRuns: 300 };
const DISTURBED: DriveOptions = { controls: ['pause', 'resume', 'cancel', 'terminate', 'retry', 'retry'], disturbances: 6 };
const blank = (flow: ArbitraryFlow) => new RunDriver(planOf(flow.definition), flow.payload as unknown as JsonValue);
const law = (check: (flow: ArbitraryFlow, tape: Tape) => void, what = flows) =>
  fc.assert(
    fc.property(what, tapes, (flow, tape) => check(flow, new Tape(tape))),
    runs,
  );

/** What remains of a run when the times are taken out. */
function summary(run: RunDriver): string {
  const { status, output, steps, error, viaFallback } = run.state;
  const ends = Object.fromEntries([...steps].map(([id, step]) => [id, { status: step.status, output: step.output }]));
  return canonicalJson({ status, output, error: error?.code ?? null, viaFallback, ends }).replace(
    /"\d{4}-\d\d-\d\dT[^"]*"/g,
    '"…"',
  );
}

describe('laws of the run machine', () => {
  it('comes to an end: with nothing open and nobody to ask, the run has ended', () => {
    law((flow, tape) => expect(isTerminal(drive(flow, tape).state.status)).toBe(true));
    law((flow, tape) => expect(isTerminal(drive(flow, tape, DISTURBED).state.status)).toBe(true));
  });

  it('is deterministic, and does not touch the state that it is given', () => {
    law((flow, tape) => {
      const run = drive(flow, tape, DISTURBED);
      const again = blank(flow);
      for (const input of run.inputs) {
        const before = stateJson(again.state);
        const once = decide(again.plan, again.state, input);
        expect(stateJson(again.state)).toBe(before);
        expect(again.give(input).kind).toBe(once.kind);
      }
      expect(canonicalJson(again.facts as unknown as JsonValue)).toBe(canonicalJson(run.facts));
    });
  });

  it('folds its facts to the state that it decided, and numbers them without a gap', () => {
    law((flow, tape) => {
      const { state } = blank(flow);
      const run = drive(flow, tape, {
        ...DISTURBED,
        after: (driver) => expect(stateJson(fold(state, driver.facts))).toBe(stateJson(driver.state)),
      });
      expect(run.facts.map((fact) => fact.seq)).toEqual(run.facts.map((_, index) => index + 1));
    });
  });

  /**
   * Two kinds are exempt in the long run, neither at once: a request begins whatever is queued, for a sweep repeats it with one id;
   * and of progress only the last counts, so that an earlier one is news again.
   */
  it('ignores the same input the second time, at once and ever after', () => {
    law((flow, tape) => {
      const seen: RunInput[] = [];
      drive(flow, tape, {
        ...DISTURBED,
        after: (driver, input) => {
          seen.push(input);
          for (const old of seen) {
            if (old !== input && (old.type === 'run.requested' || old.type === 'step.progressed')) continue;
            // Inputs that came too early to mean anything: not an input that took effect, so it may yet.
            if (driver.refused.has(old)) continue;
            expect({ old, kind: decide(driver.plan, driver.state, old).kind }).toEqual({ old, kind: 'ignored' });
          }
        },
      });
    });
  });

  it('is total: any input in any reached state is decided or ignored, never thrown; an ended run absorbs all but a retry', () => {
    fc.assert(
      fc.property(flows, tapes, fc.array(arbitraryOddity, { maxLength: 8 }), (flow, tape, oddities) => {
        drive(flow, new Tape(tape), {
          ...DISTURBED,
          after: ({ plan, state }) => {
            for (const oddity of oddities) {
              const input = oddInput(oddity, state);
              const decision = decide(plan, state, input);
              if (isTerminal(state.status) && input.type !== 'control.retry') expect(decision.kind).toBe('ignored');
              if (decision.kind === 'decided') expect(stateJson(fold(state, decision.facts))).toBe(stateJson(decision.state));
            }
          },
        });
      }),
      runs,
    );
  });

  it('says nothing after its end but that it is retried', () => {
    law((flow, tape) => {
      const { facts } = drive(flow, tape, DISTURBED);
      const ends = ['run.completed', 'run.failed', 'run.cancelled', 'run.timed_out'];
      facts.forEach(({ type }, index) => {
        if (ends.includes(type) && index + 1 < facts.length) expect(facts[index + 1]?.type).toBe('run.retried');
      });
    });
  });

  it('ends the same way in whatever order parallel results arrive', () => {
    fc.assert(
      fc.property(confluent, tapes, tapes, (flow, one, other) => {
        expect(summary(drive(flow, new Tape(one)))).toBe(summary(drive(flow, new Tape(other))));
      }),
      runs,
    );
  });

  it('ends the same way when it is paused and resumed anywhere', () => {
    const paused: DriveOptions = { controls: ['pause', 'resume'], disturbances: 50, every: 3 };
    fc.assert(
      fc.property(confluent, tapes, tapes, (flow, one, other) => {
        expect(summary(drive(flow, new Tape(other), paused))).toBe(summary(drive(flow, new Tape(one))));
      }),
      runs,
    );
  });

  it('makes no more facts of one input than the plan bounds', () => {
    law((flow, tape) => {
      let seen = 0;
      drive(flow, tape, {
        ...DISTURBED,
        after: ({ facts, plan }) => {
          // Each step begins, spawns and settles once; what a pause held adds a decision each; and the run's own.
          expect(facts.length - seen).toBeLessThanOrEqual(4 * plan.steps.length + 3);
          seen = facts.length;
        },
      });
    });
  });

  it('says every kind of fact as the schema of its run event describes it', () => {
    const seen = new Set<FactType>();
    const check = (fact: RunFact) => {
      expect({ fact, problems: problemsOf(fact) }).toEqual({ fact, problems: [] });
      seen.add(fact.type);
    };
    law((flow, tape) => {
      let said = 0;
      drive(flow, tape, {
        ...DISTURBED,
        after: ({ plan, state, facts }) => {
          facts.slice(said).forEach(check);
          said = facts.length;
          const timeOut = {
            type: 'timer.fired',
            id: 't',
            run_id: RUN_ID,
            workspace_id: WORKSPACE_ID,
            timer_id: 'run:timeout',
          } as const;
          const decision = decide(plan, state, { ...timeOut, at: 4_000_000_000_000 });
          if (decision.kind === 'decided') decision.facts.forEach(check);
        },
      });
    });
    expect([...seen].sort()).toEqual([...FACT_TYPES].sort());
  });
});
