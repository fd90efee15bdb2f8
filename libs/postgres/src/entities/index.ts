/** Design-time records. Runs, facts, timers and effects are not here: they go through hand-written SQL. No relations, no cascades. */
import { AgentEntity } from './agent.entity.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { ConnectionEntity } from './connection.entity.js';
import { TriggerEntity } from './trigger.entity.js';
import { WorkflowVersionEntity } from './workflow-version.entity.js';
import { WorkflowEntity } from './workflow.entity.js';
import { WorkspaceEntity } from './workspace.entity.js';

export * from './agent.entity.js';
export * from './api-key.entity.js';
export * from './connection.entity.js';
export * from './trigger.entity.js';
export * from './workflow-version.entity.js';
export * from './workflow.entity.js';
export * from './workspace.entity.js';

export const ENTITIES = [
  WorkspaceEntity,
  ApiKeyEntity,
  WorkflowEntity,
  WorkflowVersionEntity,
  TriggerEntity,
  ConnectionEntity,
  AgentEntity,
];
