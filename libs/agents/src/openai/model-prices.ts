import type { StepCost } from '@flows/contracts';

/** USD per million tokens, by model. */
export type ModelPrices = Readonly<Record<string, { input: number; output: number }>>;

export interface TokenUsage {
  input: number;
  output: number;
}

/** Tokens are always known; the amount is 0 for a model without a price. */
export function costOf(usage: TokenUsage, model: string, prices: ModelPrices): StepCost {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  const amount = price === undefined ? 0 : (usage.input * price.input + usage.output * price.output) / 1_000_000;
  return { amount, currency: 'USD', tokens: usage.input + usage.output };
}
