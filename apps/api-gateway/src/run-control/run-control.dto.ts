import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Matches } from 'class-validator';
import { STEP_ID_PATTERN, type JsonValue } from '@flows/contracts';
import { Optional } from '../http/dto-shape.js';
import { IsAnyJson, IsLongText, rule } from '../http/validators.js';

export const MAX_REASON_CHARACTERS = 1_000;

export class ControlBody {
  @ApiPropertyOptional({ maxLength: MAX_REASON_CHARACTERS, description: 'Kept in the history' })
  @Optional()
  @IsLongText(MAX_REASON_CHARACTERS)
  reason?: string;
}

const IsStepId = () => Matches(new RegExp(STEP_ID_PATTERN), { message: 'from_step must be the id of a step' });

export class RetryPlanQuery {
  @ApiPropertyOptional({ description: 'Absent: the steps that failed or were cut off' })
  @Optional()
  @IsStepId()
  from_step?: string;
}

export class RetryBody extends ControlBody {
  @ApiPropertyOptional({ description: 'The step to go on from; absent: those that failed or were cut off' })
  @Optional()
  @IsStepId()
  from_step?: string;

  @ApiPropertyOptional({ description: 'Any JSON: replaces the mapped input of `from_step`' })
  @Optional()
  @IsAnyJson()
  input?: JsonValue;

  @ApiPropertyOptional({ description: '`hash` of the retry plan that was looked at: 409 when it is another one by now' })
  @Optional()
  @IsPlanHash()
  plan_hash?: string;
}

function IsPlanHash(): PropertyDecorator {
  return rule(
    'plan_hash',
    (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value),
    'must be the hash of a retry plan',
  );
}

export const REPLAY_VERSIONS = ['same', 'current'] as const;
export type ReplayVersion = (typeof REPLAY_VERSIONS)[number];

export class ReplayBody {
  @ApiPropertyOptional({ enum: REPLAY_VERSIONS, default: 'same', description: "The run's own version, or the current one" })
  @Optional()
  @IsIn(REPLAY_VERSIONS, { message: 'version must be "same" or "current"' })
  version?: ReplayVersion;
}
