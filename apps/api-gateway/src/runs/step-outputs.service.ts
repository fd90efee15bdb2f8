import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { BlobStore } from '@flows/blob-store';
import { toTypeId, type JsonValue } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { BLOB_STORE } from '../blobs/blob-store.token.js';
import { ApiProblem, notFound, validationFailed } from '../http/api-problem.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { MAX_LIMIT } from '../paging/page-query.dto.js';
import { RunStepsService } from './run-steps.service.js';
import type { StepOutputQuery } from './step-run.dto.js';

const KEY = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/[0-9a-f-]{36}){2}\/[1-9]\d{0,9}$/;

export class StepOutputView {
  @ApiProperty({ description: 'Any JSON: the whole output, or a part of it where it is a list and a part was asked for' })
  output: JsonValue;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Elements of the whole list; null for what is no list' })
  total: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Where the next part begins; null at the end' })
  next_offset: number | null;
}

/** Whole outputs, wherever they are kept. */
@Injectable()
export class StepOutputsService {
  constructor(
    private readonly steps: RunStepsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore | null,
  ) {}

  /** @throws ApiProblem `not_found`, also for what is not in the blob store any more; `unavailable` */
  async get(call: ApiCall, runId: string, stepRunId: string, { offset, limit }: StepOutputQuery): Promise<StepOutputView> {
    const { output } = await this.steps.find(call, runId, stepRunId);
    const key = keyOf(output);
    const whole = key === null ? output : await this.read(call.workspaceId, key, stepRunId);
    if (!Array.isArray(whole)) {
      if (offset !== undefined || limit !== undefined) throw noList(offset === undefined ? 'limit' : 'offset');
      return { output: maskSecrets(whole), total: null, next_offset: null };
    }
    const from = offset ?? 0;
    const until = limit === undefined ? whole.length : from + Math.min(limit, MAX_LIMIT);
    return {
      output: maskSecrets(whole.slice(from, until)),
      total: whole.length,
      next_offset: until < whole.length ? until : null,
    };
  }

  /** A reference is data that a flow's author can write by hand: one to another workspace is as good as none. */
  private async read(workspaceId: string, key: string, stepRunId: string): Promise<JsonValue> {
    const missing = notFound(`The output of step run ${toTypeId('srun', stepRunId)}`);
    if (KEY.exec(key)?.[1] !== workspaceId) throw missing;
    if (this.blobs === null)
      throw new ApiProblem('unavailable', 'The output is kept in the blob store, and this gateway has none: set BLOB_STORE_URL');
    const bytes = await this.blobs.get(key);
    if (bytes === null) throw missing;
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as JsonValue;
  }
}

/** An object with the one member `$blob` stands for what is too large for a row; see the step executor's output keeper. */
function keyOf(output: JsonValue): string | null {
  if (output === null || typeof output !== 'object' || Array.isArray(output)) return null;
  const blob = output['$blob'];
  if (blob === null || typeof blob !== 'object' || Array.isArray(blob) || Object.keys(output).length !== 1) return null;
  return typeof blob['key'] === 'string' ? blob['key'] : null;
}

function noList(parameter: string): ApiProblem {
  return validationFailed([{ pointer: `#/${parameter}`, code: 'no_list', message: 'The output is no list; ask for it without' }]);
}
