import { Column, Entity, PrimaryColumn } from 'typeorm';

export const WORKFLOW_STATUSES = ['draft', 'active', 'inactive', 'archived'] as const;
export type WorkflowStatus = (typeof WORKFLOW_STATUSES)[number];

/** A named flow. What it does stands in its versions. */
@Entity('workflows')
export class WorkflowEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  @Column('text')
  name: string;

  @Column('text')
  description: string;

  @Column('text')
  status: WorkflowStatus;

  /** Number of the published version that new runs take; null until the first publish. */
  @Column('integer', { name: 'current_version', nullable: true })
  currentVersion: number | null;

  /** `slug@version` of the template it was made from. */
  @Column('text', { nullable: true })
  template: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
