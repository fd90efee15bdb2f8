import { ApiProperty } from '@nestjs/swagger';
import type { StepCost, StepStatus } from '@flows/contracts';
import type { EffectFate, LedgerEffect, RetryPlan } from '@flows/run-machine';

export class PlannedStepView {
  @ApiProperty()
  step_id: string;
  @ApiProperty({ description: 'The present one' })
  status: StepStatus;
}

export class PlannedEffectView {
  @ApiProperty()
  step_id: string;
  @ApiProperty()
  idempotency_key: string;
  @ApiProperty({ type: String, nullable: true, description: 'The connection, the agent, or `http`' })
  provider: string | null;
  @ApiProperty({ type: String, nullable: true })
  action: string | null;
  @ApiProperty({ enum: ['intended', 'done', 'failed', 'in_doubt'], description: 'What the ledger knows of it' })
  state: LedgerEffect['state'];
  @ApiProperty({
    enum: ['not_called', 'answered_from_ledger', 'called_again', 'in_doubt'],
    description:
      '`called_again` also where the input of the step may come out differently; `in_doubt`: nobody can know whether it took place',
  })
  will: EffectFate;
}

export class PlannedCostView {
  @ApiProperty({ type: Object, nullable: true, description: 'Spent on what is kept' })
  reused: StepCost | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Spent so far on what begins anew: it may cost as much again' })
  rerun: StepCost | null;
}

/** What a retry would do. */
export class RetryPlanView implements RetryPlan {
  @ApiProperty({ type: [String] })
  from: string[];
  @ApiProperty({ type: [PlannedStepView] })
  reused: PlannedStepView[];
  @ApiProperty({ type: [PlannedStepView], description: 'In the order of the graph' })
  rerun: PlannedStepView[];
  @ApiProperty({
    type: [PlannedEffectView],
    description: 'Effects of the run itself; those of foreach items are kept by their own runs',
  })
  effects: PlannedEffectView[];
  @ApiProperty({ type: PlannedCostView })
  cost: PlannedCostView;
  @ApiProperty({ description: 'Names this plan: send it as `plan_hash` to retry only if it still holds' })
  hash: string;
}
