import type { JsonObject } from '@flows/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A configured AI worker. */
@Entity('agents')
export class AgentEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  /** What definitions call it. */
  @Column('text')
  slug: string;

  @Column('text')
  name: string;

  @Column('text')
  instructions: string;

  @Column('text')
  provider: string;

  @Column('text')
  model: string;

  /** JSON Schema 2020-12; `{}` takes anything. */
  @Column('jsonb', { name: 'input_schema' })
  inputSchema: JsonObject;

  @Column('jsonb', { name: 'output_schema' })
  outputSchema: JsonObject;

  /** Names of connections without which it refuses to run. */
  @Column('text', { array: true, name: 'required_connections' })
  requiredConnections: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
