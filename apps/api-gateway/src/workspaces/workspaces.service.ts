import { Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { v7 as uuid } from 'uuid';
import { createToken, hashToken, shownPrefix } from '../access/api-token.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import type { CreatedWorkspaceView, CreateWorkspaceBody, WorkspaceView } from './workspace.dto.js';
import { WorkspacesRepository, type WorkspaceRow } from './workspaces.repository.js';

const SCOPE = 'installation/workspaces';

@Injectable()
export class WorkspacesService {
  constructor(
    private readonly repository: WorkspacesRepository,
    private readonly codec: CursorCodec,
  ) {}

  async create({ name }: CreateWorkspaceBody): Promise<CreatedWorkspaceView> {
    const row: WorkspaceRow = { id: uuid(), name: name.trim(), created_at: new Date() };
    const token = createToken();
    await this.repository.insert(row, { id: uuid(), hash: hashToken(token), prefix: shownPrefix(token) });
    return { ...toView(row), token };
  }

  async list(query: PageQuery): Promise<Page<WorkspaceView>> {
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : (this.codec.decode(SCOPE, query.cursor)[0] ?? null);
    const [rows, total] = await Promise.all([this.repository.list(after, limit + 1), this.repository.count()]);
    return cutPage(rows, limit, { total, isEstimate: false }, this.codec, SCOPE, (row) => [row.id], toView);
  }
}

function toView(row: WorkspaceRow): WorkspaceView {
  return { id: toTypeId('ws', row.id), name: row.name, created_at: row.created_at.toISOString() };
}
