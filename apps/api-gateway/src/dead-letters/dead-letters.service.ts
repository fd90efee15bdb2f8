import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { canonicalJson, toTypeId, type JsonValue } from '@flows/contracts';
import { maskSecrets } from '../masking/mask-secrets.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import { DeadLettersRepository, type DeadLetterRow } from './dead-letters.repository.js';

/** Characters of a value that a list shows; the whole stays in the row and in the `.dlq` topic. */
const SHOWN_CHARACTERS = 16_384;

export class DeadLetterReasonView {
  @ApiProperty({ example: 'not_json' })
  code: string;
  @ApiProperty()
  message: string;
}

export class DeadLetterView {
  @ApiProperty({ example: 'crm.events.v1:3:1042', description: 'topic:partition:offset' })
  id: string;
  @ApiProperty()
  topic: string;
  @ApiProperty({ type: 'integer' })
  partition: number;
  @ApiProperty({ type: 'integer' })
  offset: number;
  @ApiProperty({ type: String, nullable: true, description: 'Null: no workspace that exists is named' })
  workspace_id: string | null;
  @ApiProperty({ type: DeadLetterReasonView })
  reason: DeadLetterReasonView;
  @ApiProperty({ type: String, nullable: true })
  key: string | null;
  @ApiProperty({ nullable: true, description: 'Parsed where it is JSON, else its text; cut where it is long' })
  value: JsonValue;
  @ApiProperty({ type: Object })
  headers: Record<string, string>;
  @ApiProperty({ format: 'date-time' })
  at: string;
}

@Injectable()
export class DeadLettersService {
  constructor(
    private readonly letters: DeadLettersRepository,
    private readonly codec: CursorCodec,
  ) {}

  /** @param workspaceId null: the administrator of the installation asks. */
  async list(workspaceId: string | null, query: PageQuery): Promise<Page<DeadLetterView>> {
    const scope = canonicalJson([workspaceId, 'dead-letters']);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : this.codec.decode(scope, query.cursor);
    const { rows, total } = await this.letters.list(workspaceId, after, limit + 1);
    return cutPage(
      rows,
      limit,
      total,
      this.codec,
      scope,
      (row) => [row.at_key, row.topic, String(row.partition), String(row.offset)],
      toView,
    );
  }
}

function toView(row: DeadLetterRow): DeadLetterView {
  return {
    id: `${row.topic}:${row.partition}:${row.offset}`,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    workspace_id: row.workspace_id === null ? null : toTypeId('ws', row.workspace_id),
    reason: { code: row.error_code, message: row.error },
    key: row.key,
    value: showValue(row.value),
    headers: maskSecrets(row.headers),
    at: row.at.toISOString(),
  };
}

function showValue(value: Buffer | null): JsonValue {
  if (value === null) return null;
  const text = value.toString('utf8');
  if (text.length > SHOWN_CHARACTERS) return `${text.slice(0, SHOWN_CHARACTERS)}…`;
  try {
    return maskSecrets(JSON.parse(text) as JsonValue);
  } catch {
    return text;
  }
}
