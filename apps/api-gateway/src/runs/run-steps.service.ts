import { Injectable } from '@nestjs/common';
import { canonicalJson, toTypeId } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { notFound, validationFailed } from '../http/api-problem.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf } from '../paging/page-query.dto.js';
import { maskStep } from './mask-step.js';
import { RunTracesRepository } from './run-traces.repository.js';
import type { ListStepsQuery } from './step-run.dto.js';
import { projectSteps } from './step-run.projection.js';
import type { StepRunView } from './step-run.view.js';

/** A step run with its place: steps stand in the order in which they began, so that new ones only come at the end. */
interface PlacedStep {
  step: StepRunView;
  position: number;
}

/** The trace of a run: its steps, and those of the items of its loops. */
@Injectable()
export class RunStepsService {
  constructor(
    private readonly traces: RunTracesRepository,
    private readonly codec: CursorCodec,
  ) {}

  list(call: ApiCall, runId: string, query: ListStepsQuery): Promise<Page<StepRunView>> {
    const { within, index, step_id: stepId } = query;
    if (within !== undefined && (index !== undefined || stepId !== undefined))
      throw misplaced('within', 'within stands alone; take step_id and index for one item');
    if (index !== undefined && stepId === undefined) throw misplaced('index', 'index needs the foreach step in step_id');
    return within === undefined ? this.listOwn(call, runId, query) : this.listWithin(call, runId, within, query);
  }

  /** @throws ApiProblem `not_found` */
  async find({ workspaceId }: ApiCall, runId: string, stepRunId: string): Promise<StepRunView> {
    const id = toTypeId('srun', stepRunId);
    const { run, facts } = await this.traces.load(workspaceId, runId);
    const step = projectSteps(run, facts).find((candidate) => candidate.id === id);
    if (step === undefined) throw notFound(`Step run ${id}`);
    return step;
  }

  async get(call: ApiCall, runId: string, stepRunId: string): Promise<StepRunView> {
    return maskStep(await this.find(call, runId, stepRunId));
  }

  /** The run's own steps, or those of one item. */
  private async listOwn({ workspaceId }: ApiCall, runId: string, query: ListStepsQuery): Promise<Page<StepRunView>> {
    const { step_id: stepId, index } = query;
    const steps = await this.loadSteps(workspaceId, runId, stepId, index);
    const scope = canonicalJson([workspaceId, 'steps', runId, stepId ?? null, index ?? null]);
    const limit = limitOf(query);
    const from = query.cursor === undefined ? 0 : Number(this.codec.decode(scope, query.cursor)[0]) + 1;
    const rows = steps.map((step, position): PlacedStep => ({ step, position })).slice(from, from + limit + 1);
    const total = { total: steps.length, isEstimate: false };
    return cutPage(rows, limit, total, this.codec, scope, ({ position }) => [String(position)], toItem);
  }

  private async loadSteps(
    workspaceId: string,
    runId: string,
    stepId: string | undefined,
    index: number | undefined,
  ): Promise<StepRunView[]> {
    if (stepId === undefined || index === undefined) {
      const { run, facts } = await this.traces.load(workspaceId, runId);
      return projectSteps(run, facts).filter((step) => stepId === undefined || step.step_id === stepId);
    }
    const { items } = await this.traces.loadItems(workspaceId, runId, stepId, index, 1);
    const [item] = items;
    return item?.run.index === index ? projectSteps(item.run, item.facts) : [];
  }

  private async listWithin(
    { workspaceId }: ApiCall,
    runId: string,
    stepId: string,
    query: ListStepsQuery,
  ): Promise<Page<StepRunView>> {
    const scope = canonicalJson([workspaceId, 'steps-within', runId, stepId]);
    const limit = limitOf(query);
    const [index = 0, position = -1] = query.cursor === undefined ? [] : this.codec.decode(scope, query.cursor).map(Number);
    const rows = await this.collectWithin(workspaceId, runId, stepId, { index, position }, limit + 1);
    const total = { total: await this.traces.countItemSteps(workspaceId, runId, stepId), isEstimate: true };
    const keyOf = ({ step, position: place }: PlacedStep): string[] => [String(step.index), String(place)];
    return cutPage(rows, limit, total, this.codec, scope, keyOf, toItem);
  }

  /** In portions: how many steps of an item have begun is known once they are told. */
  private async collectWithin(
    workspaceId: string,
    runId: string,
    stepId: string,
    after: { index: number; position: number },
    wanted: number,
  ): Promise<PlacedStep[]> {
    const rows: PlacedStep[] = [];
    for (let from = after.index; rows.length < wanted;) {
      const { items, isLast } = await this.traces.loadItems(workspaceId, runId, stepId, from, wanted - rows.length);
      for (const { run, facts } of items) {
        const steps = projectSteps(run, facts).map((step, position) => ({ step, position }));
        rows.push(...(run.index === after.index ? steps.slice(after.position + 1) : steps));
      }
      if (isLast) break;
      from = (items.at(-1)?.run.index ?? from) + 1;
    }
    return rows.slice(0, wanted);
  }
}

function toItem({ step }: PlacedStep): StepRunView {
  return maskStep(step);
}

function misplaced(parameter: string, message: string) {
  return validationFailed([{ pointer: `#/${parameter}`, code: 'misplaced', message }]);
}
