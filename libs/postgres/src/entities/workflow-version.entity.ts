import type { FlowDefinition } from '@flows/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type VersionStatus = 'draft' | 'published' | 'archived';

/**
 * One numbered definition of a workflow.
 * INVARIANT: at most one draft per workflow; the definition of a version that was ever published never changes.
 */
@Entity('workflow_versions')
export class WorkflowVersionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  @Column('uuid', { name: 'workflow_id' })
  workflowId: string;

  @Column('integer')
  number: number;

  @Column('text')
  status: VersionStatus;

  @Column('jsonb')
  definition: FlowDefinition;

  /** Grows with every save of a draft. */
  @Column('integer')
  revision: number;

  @Column('text', { nullable: true })
  note: string | null;

  /** TypeID of the key that made it. */
  @Column('text', { nullable: true })
  author: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt: Date | null;
}
