import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalJson,
  compileDecoder,
  FACT_TYPES,
  hash32,
  RunEventSchemas,
  runEventJson,
  toTypeId,
  type Decoded,
  type FactType,
  type RunEvent,
  type RunFact,
  type RunInput,
  type StepOutcome,
} from '@flows/contracts';
import { decide } from '../decide/decide.js';
import { fold } from '../evolve/evolve.js';
import { isTerminal } from '../state/run-state.js';
import { arbitraryFlow, type ArbitraryFlow } from '../testing/arbitrary-flow.js';
import { planOf, RUN_ID, RunDriver, WORKSPACE_ID } from '../testing/run-driver.js';
import { stateJson } from '../testing/state-json.js';

/** The laws of architecture rule 1. Each random flow is driven to its end; what an attempt reports is a function of step and attempt, the order is drawn. */

function outcomeOf(stepId: string, attempt: number): StepOutcome {
  const draw = hash32(`${stepId}/${attempt}`, 7) % 4;
  if (draw === 0) return { status: 'failed', error: { code: 'busy', message: 'busy', class: 'retryable', origin: 'provider' } };
  if (draw === 1) return { status: 'failed', error: { code: 'no', message: 'no', class: 'non_retryable', origin: 'provider' } };
  return {
    status: 'completed',
    output: { step: stepId },
    cost: { amount: 0.25, currency: 'USD', tokens: 10 },
    effects: [{ step: stepId }],
  };
}

/** Drives to the end; `pick` chooses which open command is answered next. */
function drive(
  flow: ArbitraryFlow,
  pick: (open: number) => number,
  after: (run: RunDriver, input: RunInput) => void = () => undefined,
): RunDriver {
  const run = new RunDriver(planOf(flow.definition), flow.payload).start();
  after(run, run.inputs[0] as RunInput);
  for (let turn = 0; run.open.length > 0 && !isTerminal(run.state.status); turn += 1) {
    if (turn > 1000) throw new Error('The run does not come to an end');
    const [command] = run.open.splice(pick(run.open.length), 1);
    if (command === undefined) break;
    run.now += 60_000;
    if (command.type === 'timer.arm') run.fire(command.timerId);
    else
      run.give(
        run.reportInput(
          command.command.step_id,
          command.command.attempt,
          outcomeOf(command.command.step_id, command.command.attempt),
        ),
      );
    after(run, run.inputs.at(-1) as RunInput);
  }
  return run;
}

const picks = fc.infiniteStream(fc.nat(1000));
const picker = (stream: Iterator<number>) => (open: number) => (stream.next().value as number) % open;
const runs = { numRuns: 300 };

const decoders = new Map<FactType, (value: unknown) => Decoded<RunEvent>>(
  FACT_TYPES.map((type) => [type, compileDecoder<RunEvent>(RunEventSchemas[type])]),
);
/** What a reader of the published event finds wrong with it. */
function problemsOf(fact: RunFact): unknown[] {
  const decoded = decoders.get(fact.type)?.(JSON.parse(runEventJson(toTypeId('run', RUN_ID), fact, JSON.stringify(fact.data))));
  return decoded === undefined || decoded.ok ? [] : decoded.problems;
}

describe('laws of the run machine', () => {
  it('comes to an end: with nothing open, the run has ended', () => {
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        expect(isTerminal(drive(flow, picker(stream)).state.status)).toBe(true);
      }),
      runs,
    );
  });

  it('is deterministic, and does not touch the state that it is given', () => {
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        const run = drive(flow, picker(stream));
        const again = new RunDriver(run.plan, flow.payload);
        for (const input of run.inputs) {
          const before = stateJson(again.state);
          const once = decide(again.plan, again.state, input);
          expect(stateJson(again.state)).toBe(before);
          expect(canonicalJson(again.give(input).kind)).toBe(canonicalJson(once.kind));
        }
        expect(canonicalJson(again.facts)).toBe(canonicalJson(run.facts));
      }),
      runs,
    );
  });

  it('folds its facts to the state that it decided, and numbers them without a gap', () => {
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        const blank = new RunDriver(planOf(flow.definition), flow.payload).state;
        const run = drive(flow, picker(stream), ({ facts, state }) =>
          expect(stateJson(fold(blank, facts))).toBe(stateJson(state)),
        );
        expect(run.facts.map((fact) => fact.seq)).toEqual(run.facts.map((_, index) => index + 1));
      }),
      runs,
    );
  });

  it('ignores the same input the second time, at once and at the end', () => {
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        const run = drive(flow, picker(stream), (driver, input) =>
          expect(decide(driver.plan, driver.state, input).kind).toBe('ignored'),
        );
        for (const input of run.inputs) expect(decide(run.plan, run.state, input).kind).toBe('ignored');
      }),
      runs,
    );
  });

  it('is total: any input in any reached state is decided or ignored, never thrown; an ended run absorbs', () => {
    const strange = fc.record({
      type: fc.constantFrom('step.reported', 'timer.fired', 'run.nudged', 'run.requested'),
      step_id: fc.constantFrom('s0', 's1', 's5', 'f0', 'nobody', 'constructor', '__proto__'),
      attempt: fc.integer({ min: 1, max: 5 }),
      timer_id: fc.constantFrom('wait:s0', 'retry:s1:1', 'run:timeout', '', 'constructor'),
      outcome: fc.constantFrom<StepOutcome>({ status: 'completed', output: null }, outcomeOf('s0', 1)),
      at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    });
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, fc.array(strange, { maxLength: 20 }), (flow, stream, oddities) => {
        const tryAll = (run: RunDriver) => {
          for (const oddity of oddities) {
            const input = {
              id: 'odd',
              run_id: RUN_ID,
              workspace_id: WORKSPACE_ID,
              started_at: 0,
              executor: 'x',
              payload: {},
              version: 1,
              workflow_id: RUN_ID,
              trigger: { type: 'manual' },
              created_at: 0,
              ...oddity,
            };
            const decision = decide(run.plan, run.state, input as unknown as RunInput);
            if (isTerminal(run.state.status)) expect(decision.kind).toBe('ignored');
          }
        };
        drive(flow, picker(stream), tryAll);
      }),
      runs,
    );
  });

  it('ends the same way in whatever order parallel results arrive', () => {
    const summary = (run: RunDriver) =>
      canonicalJson({
        status: run.state.status,
        output: run.state.output,
        steps: Object.fromEntries(
          [...run.state.steps].map(([id, step]) => [id, { status: step.status, output: step.output, attempt: step.attempt }]),
        ),
      });
    const withoutRaces = arbitraryFlow({ mayHalt: false }).filter(
      // A join of any is a race by definition, and a wait's output tells the time.
      ({ definition }) => definition.graph.steps.every((step) => step['join'] !== 'any' && step['type'] !== 'wait'),
    );
    fc.assert(
      fc.property(withoutRaces, picks, picks, (flow, one, other) => {
        expect(summary(drive(flow, picker(one)))).toBe(summary(drive(flow, picker(other))));
      }),
      runs,
    );
  });

  it('makes no more facts of one input than the plan bounds', () => {
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        let seen = 0;
        drive(flow, picker(stream), ({ facts, plan }) => {
          expect(facts.length - seen).toBeLessThanOrEqual(plan.steps.length + 2);
          seen = facts.length;
        });
      }),
      runs,
    );
  });

  it('says every kind of fact as the schema of its run event describes it', () => {
    const seen = new Set<FactType>();
    fc.assert(
      fc.property(arbitraryFlow({ mayHalt: true }), picks, (flow, stream) => {
        const said: RunFact[] = [];
        const run = drive(flow, picker(stream), ({ plan, state }) => {
          const timeOut = decide(plan, state, {
            type: 'timer.fired',
            id: 't',
            run_id: RUN_ID,
            workspace_id: WORKSPACE_ID,
            at: state.updatedAt,
            timer_id: 'run:timeout',
          });
          if (timeOut.kind === 'decided') said.push(...timeOut.facts);
        });
        said.push(...run.facts);
        for (const fact of said) {
          expect({ fact, problems: problemsOf(fact) }).toEqual({ fact, problems: [] });
          seen.add(fact.type);
        }
      }),
      runs,
    );
    expect([...seen].sort()).toEqual([...FACT_TYPES].sort());
  });
});
