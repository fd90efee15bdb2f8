import { Inject, Injectable } from '@nestjs/common';
import type { FlowError, StepRunCommand } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import type { PreparedWork } from '../attempts/work.js';
import { CatalogueCache } from '../catalogue/catalogue.cache.js';
import { untilDone } from '../combining/patience.js';
import { ENGINE_POOL } from '../step-executor.tokens.js';

const FLIP = readSql(import.meta.url, './flip-to-reauth.sql');
const NEVER = new AbortController().signal;

/** Marks the connection through which a provider said 401 or 403, so that nobody calls through it until it is authorised again. */
@Injectable()
export class ReauthFlip {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    private readonly catalogue: CatalogueCache,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Before the outcome is reported: what the report sets off sees it. */
  async note({ workspace_id }: StepRunCommand, { through }: PreparedWork, error: FlowError): Promise<void> {
    if (error.class !== 'auth' || error.origin !== 'provider') return;
    // An agent's provider is the operator's; only an agent tool that names a connection speaks for one.
    const named = error.details?.['connection'];
    const name = through?.name ?? (typeof named === 'string' ? named : undefined);
    if (name === undefined) return;
    const flip = () => this.pool.query(FLIP, [workspace_id, name, through?.updatedAt ?? null]);
    const { rowCount } = await untilDone(flip, NEVER, (failure) =>
      this.logger.error({ err: failure }, 'a connection cannot be marked for re-authorisation, trying again'),
    );
    this.catalogue.forgetConnection(workspace_id, name);
    if (rowCount === 1)
      this.logger.warn({ workspace_id, connection: name, code: error.code }, 'a connection needs re-authorisation');
  }
}
