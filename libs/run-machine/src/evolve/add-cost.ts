import type { StepCost } from '@flows/contracts';

export function addCost(sum: StepCost | null, more: StepCost | null | undefined): StepCost | null {
  if (more === undefined || more === null) return sum;
  if (sum === null) return more;
  return { amount: sum.amount + more.amount, currency: sum.currency, tokens: sum.tokens + more.tokens };
}

/** What has been added since: a child tells all that it has cost in its lives, and its parent has heard of a part of that. */
export function costSince(before: StepCost | null, now: StepCost | undefined): StepCost | undefined {
  if (now === undefined || before === null) return now;
  // Costs are decimal amounts; the difference of two of them has no digits that neither had.
  const amount = Number((now.amount - before.amount).toPrecision(12));
  return { amount: Math.max(0, amount), currency: now.currency, tokens: Math.max(0, now.tokens - before.tokens) };
}
