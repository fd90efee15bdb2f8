import { ApiProperty } from '@nestjs/swagger';
import { toTypeId, type JsonValue } from '@flows/contracts';
import { maskSecrets } from '../masking/mask-secrets.js';

export const APPROVAL_STATUSES = ['open', 'approved', 'rejected', 'expired', 'withdrawn'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];
export const APPROVAL_STAGES = ['step', 'input', 'output'] as const;
export type ApprovalStage = (typeof APPROVAL_STAGES)[number];

/** A decision that a run waits for, or has waited for. */
export class ApprovalView {
  @ApiProperty({ example: 'apr_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  run_id: string;
  @ApiProperty()
  workflow_id: string;
  @ApiProperty()
  step_id: string;
  @ApiProperty()
  step_run_id: string;
  @ApiProperty({
    enum: APPROVAL_STAGES,
    description: '`step`: an approval step; `input`: what would be sent is held; `output`: what an agent answered is held',
  })
  stage: ApprovalStage;
  @ApiProperty({ description: 'Any JSON: what is decided on' })
  artefact: JsonValue;
  @ApiProperty({ type: [String], description: 'Names of keys; empty: anybody with the scope' })
  assignees: string[];
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  due_at: string | null;
  @ApiProperty({ enum: APPROVAL_STATUSES })
  status: ApprovalStatus;
  @ApiProperty({ type: String, nullable: true })
  decided_by: string | null;
  @ApiProperty({ type: String, nullable: true })
  comment: string | null;
  @ApiProperty({ format: 'date-time' })
  requested_at: string;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  decided_at: string | null;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' } })
  links: Record<string, string>;
}

export interface ApprovalRow {
  id: string;
  run_id: string;
  workflow_id: string;
  step_id: string;
  step_run_id: string;
  stage: ApprovalStage;
  artefact: JsonValue;
  assignees: string[];
  due_at: Date | null;
  status: ApprovalStatus;
  decided_by: string | null;
  comment: string | null;
  requested_at: Date;
  decided_at: Date | null;
}

export function toApprovalView(row: ApprovalRow): ApprovalView {
  const run = `/api/v1/flows/runs/${toTypeId('run', row.run_id)}`;
  const step = `${run}/steps/${toTypeId('srun', row.step_run_id)}`;
  return {
    id: row.id,
    run_id: toTypeId('run', row.run_id),
    workflow_id: toTypeId('wf', row.workflow_id),
    step_id: row.step_id,
    step_run_id: toTypeId('srun', row.step_run_id),
    stage: row.stage,
    artefact: maskSecrets(row.artefact),
    assignees: row.assignees,
    due_at: row.due_at?.toISOString() ?? null,
    status: row.status,
    decided_by: row.decided_by,
    comment: row.comment,
    requested_at: row.requested_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
    links: { run, step, approve: `${step}/approve`, reject: `${step}/reject` },
  };
}
