import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { toTypeId } from '@flows/contracts';
import { WorkflowVersionEntity, type VersionStatus } from '@flows/postgres';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { notFound } from '../http/api-problem.js';
import type { Page } from '../paging/page.js';
import { NewestFirst } from '../paging/newest-first.js';
import type { PageQuery } from '../paging/page-query.dto.js';
import { DefinitionView, toDefinitionView } from './workflow.view.js';
import { WorkflowsRepository } from './workflows.repository.js';

export class VersionItem {
  @ApiProperty({ example: 'ver_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  workflow_id: string;
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty({ enum: ['draft', 'published', 'archived'] })
  status: VersionStatus;
  @ApiProperty({ description: 'New runs take it' })
  current: boolean;
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The key that saved it last' })
  author: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  published_at: string | null;
}

export class VersionView extends VersionItem implements DefinitionView {
  @ApiProperty({ type: Object })
  graph: DefinitionView['graph'];
  @ApiProperty({ type: Object, nullable: true })
  input_schema: unknown;
  @ApiProperty({ type: Object, nullable: true })
  inputs: unknown;
  @ApiProperty({ nullable: true })
  output: unknown;
  @ApiProperty({ type: Object, nullable: true })
  settings: unknown;
}

@Injectable()
export class VersionsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly workflows: WorkflowsRepository,
    private readonly lists: NewestFirst,
  ) {}

  list(call: ApiCall, workflowId: string, query: PageQuery): Promise<Page<VersionItem>> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const { currentVersion } = await this.workflows.load(tx, workflowId);
      return this.lists.page(
        tx,
        { entity: WorkflowVersionEntity, list: `versions/${workflowId}`, query, where: [{ workflowId }] },
        (version) => toItem(version, currentVersion),
      );
    });
  }

  get(call: ApiCall, workflowId: string, number: number): Promise<VersionView> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const { currentVersion } = await this.workflows.load(tx, workflowId);
      const version = await this.workflows.findVersion(tx, workflowId, number);
      if (version === null) throw notFound(`Version ${number} of workflow ${toTypeId('wf', workflowId)}`);
      return { ...toItem(version, currentVersion), ...toDefinitionView(version.definition) };
    });
  }
}

function toItem(version: WorkflowVersionEntity, currentVersion: number | null): VersionItem {
  return {
    id: toTypeId('ver', version.id),
    workflow_id: toTypeId('wf', version.workflowId),
    version: version.number,
    status: version.status,
    current: version.number === currentVersion,
    note: version.note,
    author: version.author,
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
    published_at: version.publishedAt?.toISOString() ?? null,
  };
}
