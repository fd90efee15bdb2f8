import type { TriggerRow } from '../trigger-row.js';
import { wildcardPrefix } from './event-type-pattern.js';

interface WorkspaceTriggers<T> {
  exact: Map<string, Map<string, T>>;
  /** By `lead.` of `lead.*`. */
  wildcard: Map<string, Map<string, T>>;
}

/**
 * The triggers of all workspaces, by workspace and event type: finding an event's triggers costs one look-up, one more per dot
 * of its type, and the triggers found. An event never meets a trigger of another workspace.
 */
export class TriggerIndex<T extends { readonly row: Pick<TriggerRow, 'id' | 'workspaceId' | 'eventType'> }> {
  private readonly workspaces = new Map<string, WorkspaceTriggers<T>>();
  private readonly byId = new Map<string, T>();

  get size(): number {
    return this.byId.size;
  }

  get(id: string): T | undefined {
    return this.byId.get(id);
  }

  ids(): IterableIterator<string> {
    return this.byId.keys();
  }

  /** Adds the trigger, or puts it in the place of the one with its id. */
  set(entry: T): void {
    this.delete(entry.row.id);
    const { id, workspaceId, eventType } = entry.row;
    let triggers = this.workspaces.get(workspaceId);
    if (triggers === undefined) this.workspaces.set(workspaceId, (triggers = { exact: new Map(), wildcard: new Map() }));
    const prefix = wildcardPrefix(eventType);
    const [map, key] = prefix === null ? [triggers.exact, eventType] : [triggers.wildcard, prefix];
    const bucket = map.get(key);
    if (bucket === undefined) map.set(key, new Map([[id, entry]]));
    else bucket.set(id, entry);
    this.byId.set(id, entry);
  }

  delete(id: string): boolean {
    const entry = this.byId.get(id);
    if (entry === undefined) return false;
    this.byId.delete(id);
    const { workspaceId, eventType } = entry.row;
    const triggers = this.workspaces.get(workspaceId) as WorkspaceTriggers<T>;
    const prefix = wildcardPrefix(eventType);
    const [map, key] = prefix === null ? [triggers.exact, eventType] : [triggers.wildcard, prefix];
    const bucket = map.get(key) as Map<string, T>;
    bucket.delete(id);
    if (bucket.size === 0) map.delete(key);
    if (triggers.exact.size + triggers.wildcard.size === 0) this.workspaces.delete(workspaceId);
    return true;
  }

  /** The workspace's triggers whose event type takes this one: exact ones first, then wildcards from the shortest. */
  find(workspaceId: string, eventType: string): T[] {
    const triggers = this.workspaces.get(workspaceId);
    if (triggers === undefined) return [];
    const found = [...(triggers.exact.get(eventType)?.values() ?? [])];
    if (triggers.wildcard.size === 0) return found;
    for (let dot = eventType.indexOf('.'); dot >= 0 && dot < eventType.length - 1; dot = eventType.indexOf('.', dot + 1)) {
      const bucket = triggers.wildcard.get(eventType.slice(0, dot + 1));
      if (bucket !== undefined) found.push(...bucket.values());
    }
    return found;
  }
}
