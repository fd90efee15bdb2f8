import { eventually } from '@flows/testkit';
import type { RestAnswer, RestClient } from './rest-client.js';
import type { EventView, PageOf, RunView, StepView } from './views.js';

/** Flows as tests use them: published, started, watched to their end, all over REST. */
export interface Definition {
  name?: string;
  graph: { steps: object[]; edges: object[] };
  input_schema?: object;
  inputs?: object;
  output?: unknown;
  settings?: object;
}

const ENDED = ['completed', 'failed', 'cancelled', 'timed_out'];
/** Requests of one test under way at a time: more only queue at the gateway. */
const IN_PARALLEL = 24;
let named = 0;

export function hasEnded(run: Pick<RunView, 'status'>): boolean {
  return ENDED.includes(run.status);
}

/** Edges of a chain of steps. */
export function chain(...ids: string[]): { from: string; to: string }[] {
  return ids.slice(1).map((to, index) => ({ from: ids[index] as string, to }));
}

/** @returns the workflow's id. */
export async function publishFlow(client: RestClient, definition: Definition): Promise<string> {
  const name = `flow ${(named += 1)}`;
  const { id } = await client.need(client.post<{ id: string }>('/flows/workflows', { name, ...definition }));
  await client.need(client.post(`/flows/workflows/${id}/publish`));
  return id;
}

/** A further version takes the place of the current one. */
export async function publishAgain(client: RestClient, workflowId: string, graph: Definition['graph']): Promise<void> {
  const { headers } = await client.get(`/flows/workflows/${workflowId}`);
  await client.need(client.send('PUT', `/flows/workflows/${workflowId}/graph`, graph, { 'if-match': headers.get('etag') ?? '' }));
  await client.need(client.post(`/flows/workflows/${workflowId}/publish`));
}

export function startRun(client: RestClient, workflowId: string, payload: unknown = {}): Promise<RunView> {
  return client.need(client.post<RunView>(`/flows/workflows/${workflowId}/runs`, { payload }));
}

/** One run for each payload, in their order. */
export function startRuns(client: RestClient, workflowId: string, payloads: readonly unknown[]): Promise<RunView[]> {
  return mapInParallel(payloads, (payload) => startRun(client, workflowId, payload));
}

export async function mapInParallel<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_PARALLEL, items.length) }, worker));
  return results;
}

export function getRun(client: RestClient, runId: string): Promise<RunView> {
  return client.need(client.get<RunView>(`/flows/runs/${runId}`));
}

/** The run, once `holds` is true of it. */
export function untilRun(
  client: RestClient,
  runId: string,
  holds: (run: RunView) => boolean,
  timeoutMs = 20_000,
): Promise<RunView> {
  return eventually(
    async () => {
      const run = await getRun(client, runId);
      if (!holds(run)) throw new Error(JSON.stringify({ ...run, payload: undefined, links: undefined }));
      return run;
    },
    { timeoutMs, pollMs: 15, what: `the expected state of ${runId}` },
  );
}

export function endOf(client: RestClient, runId: string, timeoutMs?: number): Promise<RunView> {
  return untilRun(client, runId, hasEnded, timeoutMs);
}

/** Starts a run and waits for its end. */
export async function runToEnd(client: RestClient, workflowId: string, payload: unknown = {}): Promise<RunView> {
  return endOf(client, (await startRun(client, workflowId, payload)).id);
}

/** All pages of a list. */
export async function walk<T>(client: RestClient, path: string): Promise<T[]> {
  const items: T[] = [];
  const query = path.includes('?') ? '&' : '?';
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: PageOf<T> = await client.need(
      client.get<PageOf<T>>(`${path}${query}limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`),
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

export function stepsOf(client: RestClient, runId: string): Promise<StepView[]> {
  return walk(client, `/flows/runs/${runId}/steps`);
}

/** The one step run of a step. @throws when the step was not reached. */
export async function stepOf(client: RestClient, runId: string, stepId: string): Promise<StepView> {
  const steps = await stepsOf(client, runId);
  const step = steps.find((candidate) => candidate.step_id === stepId);
  if (step === undefined) throw new Error(`${stepId} is not among ${steps.map((one) => one.step_id).join(', ') || '(none)'}`);
  return step;
}

export function eventsOf(client: RestClient, runId: string): Promise<EventView[]> {
  return walk(client, `/flows/runs/${runId}/events`);
}

/** Waits until as many runs of the workflow have one of the statuses. */
export async function untilCounted(
  client: RestClient,
  workflowId: string,
  statuses: readonly string[],
  count: number,
  timeoutMs = 60_000,
): Promise<void> {
  const filter = statuses.map((status) => `status=${status}`).join('&');
  await eventually(
    async () => {
      const page = await client.need(client.get<PageOf<RunView>>(`/flows/workflows/${workflowId}/runs?limit=1&${filter}`));
      if (page.total < count) throw new Error(`${page.total} of ${count}`);
      return true;
    },
    { timeoutMs, pollMs: 50, what: `${count} runs ${statuses.join(' or ')}` },
  );
}

export function untilEnded(client: RestClient, workflowId: string, count: number, timeoutMs?: number): Promise<void> {
  return untilCounted(client, workflowId, ENDED, count, timeoutMs);
}

export function control<T = RunView>(
  client: RestClient,
  runId: string,
  action: 'pause' | 'resume' | 'cancel' | 'terminate' | 'retry' | 'replay',
  body: object = {},
): Promise<RestAnswer<T>> {
  return client.post<T>(`/flows/runs/${runId}/${action}`, body);
}
