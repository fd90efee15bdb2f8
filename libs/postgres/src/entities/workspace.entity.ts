import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The tenant. Read by requests (row-level security shows them their own row only), written by the installation's administrator. */
@Entity('workspaces')
export class WorkspaceEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
