import type { ModelPrices } from '@flows/agents';

/** @throws Error that says how AGENT_PRICES has to look. */
export function readPrices(text: string): ModelPrices {
  const wrong = () =>
    new Error('AGENT_PRICES must be JSON such as {"gpt-5-mini": {"input": 0.25, "output": 2}}: USD per million tokens, by model');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong();
  for (const price of Object.values(parsed)) {
    const { input, output } = (price ?? {}) as { input?: unknown; output?: unknown };
    if (typeof input !== 'number' || typeof output !== 'number' || input < 0 || output < 0) throw wrong();
  }
  return parsed as ModelPrices;
}
