import type { ControlInput } from '@flows/contracts';

/** Who asked, why, and with which input: what the facts of a control have in common. */
export function controlOf({ actor, reason, id }: ControlInput): { actor: string; reason?: string; control_id: string } {
  return { actor, ...(reason === undefined ? {} : { reason }), control_id: id };
}
