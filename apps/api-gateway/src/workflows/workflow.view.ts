import { ApiProperty } from '@nestjs/swagger';
import { toTypeId, type FlowDefinition, type GraphDefinition } from '@flows/contracts';
import {
  WORKFLOW_STATUSES,
  type TriggerEntity,
  type WorkflowEntity,
  type WorkflowStatus,
  type WorkflowVersionEntity,
} from '@flows/postgres';
import { maskDefinition } from '../masking/mask-secrets.js';
import { toTriggerView, TriggerView } from '../triggers/trigger.view.js';

/** The parts of a definition beside the graph, absent ones as null. */
export class DefinitionView {
  @ApiProperty({ type: Object, nullable: true })
  graph: GraphDefinition | null;
  @ApiProperty({ type: Object, nullable: true })
  input_schema: unknown;
  @ApiProperty({ type: Object, nullable: true })
  inputs: unknown;
  @ApiProperty({ nullable: true, description: 'Any JSON' })
  output: unknown;
  @ApiProperty({ type: Object, nullable: true })
  settings: unknown;
}

export class DraftView extends DefinitionView {
  @ApiProperty({ type: 'integer' })
  version: number;
}

export class LastRunView {
  @ApiProperty()
  id: string;
  @ApiProperty()
  status: string;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

/** A workflow in a list. */
export class WorkflowItem {
  @ApiProperty({ example: 'wf_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  description: string;
  @ApiProperty({ enum: WORKFLOW_STATUSES })
  status: WorkflowStatus;
  @ApiProperty({ type: 'integer', nullable: true, description: 'The published version that new runs take' })
  active_version: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  draft_version: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'lead-to-sequence@1', description: 'The template it was made from' })
  template: string | null;
  @ApiProperty({ type: [String] })
  trigger_types: string[];
  @ApiProperty({ format: 'date-time', type: String, nullable: true, description: 'Of schedule triggers' })
  next_fire_at: string | null;
  @ApiProperty({ type: LastRunView, nullable: true })
  last_run: LastRunView | null;
  @ApiProperty({ type: 'integer', description: 'Since midnight UTC; counted up to 10000' })
  runs_today: number;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}

/** A workflow with all that it is made of: the current version at the top, the draft beside it. */
export class WorkflowView extends WorkflowItem {
  @ApiProperty({ type: Object, nullable: true, description: 'Of the current version, or null' })
  graph: GraphDefinition | null;
  @ApiProperty({ type: Object, nullable: true })
  input_schema: unknown;
  @ApiProperty({ type: Object, nullable: true })
  inputs: unknown;
  @ApiProperty({ nullable: true })
  output: unknown;
  @ApiProperty({ type: Object, nullable: true })
  settings: unknown;
  @ApiProperty({ type: DraftView, nullable: true })
  draft: DraftView | null;
  @ApiProperty({ type: [TriggerView] })
  triggers: TriggerView[];
  @ApiProperty({ type: [Object], description: 'What is legal but looks like a mistake; set on answers to changes' })
  warnings?: object[];
}

export interface WorkflowActivity {
  triggerTypes: string[];
  lastRun: LastRunView | null;
  runsToday: number;
}

export interface WorkflowParts {
  workflow: WorkflowEntity;
  current: WorkflowVersionEntity | null;
  draft: WorkflowVersionEntity | null;
  triggers: TriggerEntity[];
  activity: WorkflowActivity;
}

export function toWorkflowItem(workflow: WorkflowEntity, draftVersion: number | null, activity: WorkflowActivity): WorkflowItem {
  return {
    id: toTypeId('wf', workflow.id),
    name: workflow.name,
    description: workflow.description,
    status: workflow.status,
    active_version: workflow.currentVersion,
    draft_version: draftVersion,
    template: workflow.template,
    trigger_types: activity.triggerTypes,
    next_fire_at: null,
    last_run: activity.lastRun,
    runs_today: activity.runsToday,
    created_at: workflow.createdAt.toISOString(),
    updated_at: workflow.updatedAt.toISOString(),
  };
}

export function toWorkflowView({ workflow, current, draft, triggers, activity }: WorkflowParts): WorkflowView {
  return {
    ...toWorkflowItem(workflow, draft?.number ?? null, activity),
    ...toDefinitionView(current?.definition ?? null),
    draft: draft === null ? null : { version: draft.number, ...toDefinitionView(draft.definition) },
    triggers: triggers.map(toTriggerView),
  };
}

/** Secrets that somebody wrote into a graph are masked, as everywhere; the engine reads the row. */
export function toDefinitionView(definition: FlowDefinition | null): DefinitionView {
  const shown = maskDefinition(definition);
  return {
    graph: shown?.graph ?? null,
    input_schema: definition?.input_schema ?? null,
    inputs: shown?.inputs ?? null,
    output: shown?.output ?? null,
    settings: definition?.settings ?? null,
  };
}
