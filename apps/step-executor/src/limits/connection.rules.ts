import { Injectable } from '@nestjs/common';
import type { StepOutcome, StepRunCommand } from '@flows/contracts';
import type { UnderWay } from '../attempts/attempts-under-way.js';
import type { PreparedWork } from '../attempts/work.js';
import { CatalogueCache } from '../catalogue/catalogue.cache.js';
import { ConnectionLimits, type Deferral } from './connection.limits.js';
import type { ConnectionUse } from './connection-use.js';
import { ReauthFlip } from './reauth.flip.js';

export type { Deferral } from './connection.limits.js';
type Failed = Extract<StepOutcome, { status: 'failed' }>;

/** Everything that stands between an attempt and the connection that it calls: its limits before, what the answer means for it after. */
@Injectable()
export class ConnectionRules {
  constructor(
    private readonly limits: ConnectionLimits,
    private readonly reauth: ReauthFlip,
    private readonly catalogue: CatalogueCache,
  ) {}

  /** Null at once where nothing is limited. Resolves to null when the attempt may call, else to what is to be reported instead. */
  admit({ attempt, delivered }: UnderWay, use: ConnectionUse): Promise<Deferral | null> | null {
    return ConnectionLimits.isLimited(use) ? this.limits.admit(attempt, use, delivered.slots) : null;
  }

  noteFailure(command: StepRunCommand, work: PreparedWork, { error, retry_after_ms }: Failed): Promise<void> | undefined {
    if (error.class === 'auth') return this.reauth.note(command, work, error);
    const { through } = work;
    if (error.class !== 'rate_limited' || error.origin !== 'provider' || retry_after_ms === undefined || through === undefined)
      return undefined;
    return this.limits
      .pushBack(through, retry_after_ms)
      .then(() => this.catalogue.forgetConnection(command.workspace_id, through.name));
  }
}
