import type { Mutant, Patch } from './mutant.js';

const ORCHESTRATOR = 'apps/orchestrator/dist';
const MACHINE = 'libs/run-machine/dist';
const LISTENER = 'apps/trigger-listener/dist';
const EXECUTOR = 'apps/step-executor/dist';

const patch = (file: string, find: string, replace: string): Patch => ({ file, find, replace });

/** Deliberate bugs, each of a kind that a change could bring in by mistake. Grouped by service and scenario: so they start fewer processes. */
export const MUTANTS: readonly Mutant[] = [
  // An event is decided on once, and a run has its row before anybody hears of it.
  {
    name: 'an event that comes again starts another run',
    service: 'trigger-listener',
    scenario: 'ordinary',
    caughtBy: 'I1',
    core: true,
    patches: [
      patch(
        `${LISTENER}/decisions/decision.store.js`,
        `inserted.has(keyOf(decision)) ? 'fresh' : 'known'`,
        `true ? 'fresh' : 'known'`,
      ),
      patch(
        `${LISTENER}/decisions/derive-run-id.js`,
        'hash.copy(bytes, 6, 0, 10);',
        'crypto.getRandomValues(bytes.subarray(6));',
      ),
    ],
  },
  {
    name: 'the listener publishes a request without its row',
    service: 'trigger-listener',
    scenario: 'ordinary',
    caughtBy: 'I1',
    patches: [
      patch(
        `${LISTENER}/decisions/decision.store.js`,
        '(await insertQueuedRuns(client, runs)).admitted',
        'new Set(runs.map(({ request }) => request.run_id))',
      ),
    ],
  },

  // What is stored, and what is told of it.
  {
    name: 'the history skips a number',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I6',
    patches: [
      patch(
        `${MACHINE}/decide/draft.js`,
        `            seq: this.state.seq + 1,
            type,
            at: this.at,
            step_id: undefined,`,
        `            seq: this.state.seq + (type === 'run.completed' ? 2 : 1),
            type,
            at: this.at,
            step_id: undefined,`,
      ),
    ],
  },
  {
    name: 'a run ends twice',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I5',
    core: true,
    patches: [
      patch(
        `${MACHINE}/advance/complete-run.js`,
        'const resolved = output.resolve(draft.expressions());',
        `const resolved = output.resolve(draft.expressions());
         if (resolved.ok) draft.recordRun('run.completed', { output: resolved.value, via_fallback: draft.state.viaFallback });`,
      ),
    ],
  },
  {
    name: 'the row forgets the fallback',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I7',
    patches: [patch(`${ORCHESTRATOR}/runs/run.store.js`, '({ state })=>state.viaFallback,', '()=>false,')],
  },
  {
    name: 'facts are published before they are committed',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I8',
    core: true,
    patches: [
      patch(
        `${ORCHESTRATOR}/runs/run-batch.processor.js`,
        'await this.store.write(batchWriteOf(folded.values()));',
        'const late = batchWriteOf(folded.values()); setTimeout(() => void this.store.write(late).catch(() => undefined), 40);',
      ),
    ],
  },
  {
    name: 'run events of skipped steps are not published',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I8',
    patches: [
      patch(
        `${ORCHESTRATOR}/publish/outgoing-messages.js`,
        'for (const fact of facts){',
        `for (const fact of facts.filter(({ type })=>type !== 'step.skipped')){`,
      ),
    ],
  },
  {
    name: 'run events are spread over the partitions',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I10',
    patches: [
      patch(
        `${ORCHESTRATOR}/publish/outgoing-messages.js`,
        `topic: topics.runEvents,
                key: runId,`,
        `topic: topics.runEvents,
                key: runId + fact.seq,`,
      ),
    ],
  },
  {
    name: 'facts go to another workspace',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I11',
    patches: [
      patch(
        `${ORCHESTRATOR}/runs/run.store.js`,
        `({ fact })=>fact.seq,
    ({ state })=>state.workspaceId,`,
        `({ fact })=>fact.seq,
    ({ state })=>state.workflowId,`,
      ),
    ],
  },

  // Where a run goes.
  {
    name: 'plans are kept by workflow, not by version',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I14',
    patches: [patch(`${ORCHESTRATOR}/plans/plan.cache.js`, '`${workflowId}@${version}`', '(void version, workflowId)')],
  },
  {
    name: 'a branch takes every edge that holds',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I16',
    core: true,
    patches: [patch(`${MACHINE}/advance/choose-edges.js`, 'if (first) return {', 'if (false) return {')],
  },
  {
    name: 'a join waits for nobody',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I16',
    patches: [
      patch(
        `${MACHINE}/advance/advance.js`,
        `if (live && (step.join === 'any' || !open)) return 'begin';`,
        `if (live) return 'begin';`,
      ),
    ],
  },
  {
    name: 'an item of a list is run twice',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I16',
    patches: [
      patch(
        `${MACHINE}/begin/begin-foreach.js`,
        `            index
        });`,
        `            index
        }, ...index === 0 ? [{ run_id: toTypeId('run', deriveId(draft.state.runId, 'again')), index }] : []);`,
      ),
    ],
  },

  // Timers and sweeps.
  {
    name: 'timers fire before they are due',
    service: 'orchestrator',
    scenario: 'ordinary',
    caughtBy: 'I13',
    core: true,
    patches: [
      patch(`${ORCHESTRATOR}/timers/sql/claim-due-timers.sql`, 'claim_at <= now()', `claim_at <= now() + interval '1 hour'`),
    ],
  },
  {
    name: 'a firing that got lost is not repeated',
    service: 'orchestrator',
    scenario: 'lost firing',
    caughtBy: 'I13',
    patches: [
      patch(
        `${ORCHESTRATOR}/timers/sql/claim-due-timers.sql`,
        `claim_at = now() + interval '30 seconds'`,
        `claim_at = 'infinity'`,
      ),
    ],
  },
  {
    name: 'nobody sweeps',
    service: 'orchestrator',
    scenario: 'never published',
    caughtBy: 'I4',
    patches: [patch(`${ORCHESTRATOR}/sweeps/runs.sweeper.js`, 'async poll() {', `async poll() { return 'idle';`)],
  },

  // Redelivery.
  {
    name: 'what a redelivered input had caused is not published again',
    service: 'orchestrator',
    scenario: 'publish fails',
    caughtBy: 'I8',
    core: true,
    patches: [patch(`${ORCHESTRATOR}/runs/fold-run.js`, '.filter((fact)=>fact.caused_by === input.id)', '.filter(()=>false)')],
  },
  {
    name: 'offsets are resolved before the commit',
    service: 'orchestrator',
    scenario: 'fold fails',
    caughtBy: 'I9',
    patches: [
      patch(
        `${ORCHESTRATOR}/run-inputs/run-inputs.handler.js`,
        `await failpoint('orchestrator.before_fold');`,
        `for (const batch of batches) batch.resolve(batch.messages.at(-1).offset);
         await failpoint('orchestrator.before_fold');`,
      ),
    ],
  },
  {
    name: 'the attempt number of a report is not looked at',
    service: 'orchestrator',
    scenario: 'late report',
    caughtBy: 'I15',
    core: true,
    patches: [patch(`${MACHINE}/rules/step-reported.rule.js`, ' || step.attempt !== input.attempt', '')],
  },
  {
    name: 'a report counts although no attempt is open',
    service: 'orchestrator',
    scenario: 'late report',
    caughtBy: 'I15',
    patches: [patch(`${MACHINE}/rules/step-reported.rule.js`, '!isAtExecutor(step) || step.attempt !== input.attempt', 'false')],
  },
  {
    name: 'each attempt has an idempotency key of its own',
    service: 'orchestrator',
    scenario: 'late report',
    caughtBy: 'I2',
    patches: [
      patch(
        `${MACHINE}/begin/schedule-attempt.js`,
        `...scheduled,
        attempt,`,
        `...scheduled,
        idempotency_key: scheduled.step_run_id + '~' + attempt,
        attempt,`,
      ),
    ],
  },

  // Controls.
  {
    name: 'a paused run goes on',
    service: 'orchestrator',
    scenario: 'controls',
    caughtBy: 'I12',
    core: true,
    patches: [patch(`${MACHINE}/decide/draft.js`, `return this.state.status === 'paused';`, 'return false;')],
  },
  {
    name: 'a cancel is ignored',
    service: 'orchestrator',
    scenario: 'controls',
    caughtBy: 'I12',
    patches: [
      patch(
        `${MACHINE}/rules/cancel-run.rule.js`,
        'const by = controlOf(input);',
        `const by = controlOf(input); return ignored('already_so');`,
      ),
    ],
  },
  {
    name: 'a retry begins anew what was done',
    service: 'orchestrator',
    scenario: 'controls',
    caughtBy: 'I16',
    patches: [
      patch(
        `${MACHINE}/retry/reset-steps.js`,
        `return step.status === 'cancelled' || state.error?.step_id === id ? [`,
        `return step.status !== 'pending' ? [`,
      ),
    ],
  },

  // Two writers of one run.
  {
    name: 'writes are not fenced',
    service: 'orchestrator',
    scenario: 'two writers',
    caughtBy: 'I8',
    core: true,
    patches: [
      patch(`${ORCHESTRATOR}/runs/sql/write-runs.sql`, 'where r.id = u.id and r.seq = u.expected_seq', 'where r.id = u.id'),
      patch(
        `${ORCHESTRATOR}/runs/sql/write-runs.sql`,
        `as f (run_id, seq, workspace_id, type, at, step_id, data, caused_by)
), armed`,
        `as f (run_id, seq, workspace_id, type, at, step_id, data, caused_by) on conflict do nothing
), armed`,
      ),
    ],
  },
  {
    name: 'nobody asks whether all rows were written',
    service: 'orchestrator',
    scenario: 'two writers',
    caughtBy: 'I3',
    patches: [
      patch(
        `${ORCHESTRATOR}/runs/sql/write-runs.sql`,
        'select assert_all_written(cardinality($1::uuid[]), (select count(*) from updated))',
        'select count(*) from updated',
      ),
    ],
  },

  // The effect ledger.
  {
    name: 'the ledger’s answer is not heeded',
    service: 'step-executor',
    scenario: 'commanded again',
    caughtBy: 'I2',
    core: true,
    patches: [
      patch(
        `${EXECUTOR}/ledger/effect.gate.js`,
        'const claim = await this.claims.add(request);',
        `await this.claims.add(request); const claim = { kind: 'granted' };`,
      ),
    ],
  },
  {
    name: 'a lease is over at once',
    service: 'step-executor',
    scenario: 'commanded again',
    caughtBy: 'I2',
    patches: [patch(`${EXECUTOR}/ledger/effect.ledger.js`, 'LEASE_MS = 15_000', 'LEASE_MS = 0')],
  },
  {
    name: 'a lease is never over',
    service: 'step-executor',
    scenario: 'dead holder',
    caughtBy: 'I4',
    patches: [patch(`${EXECUTOR}/ledger/effect.ledger.js`, 'LEASE_MS = 15_000', 'LEASE_MS = 864_000_000')],
  },
];
