/** How a process tells whoever started it that it serves, and where. */
import { renameSync, writeFileSync } from 'node:fs';

export interface ReadyMessage {
  ready: true;
  service: string;
  /** Null for a service without REST. */
  port: number | null;
  management_port: number;
  pid: number;
}

/** Over the IPC channel where there is one, and into the file where one is named (whole or not at all). */
export function announceReady(message: ReadyMessage, readyFile: string | undefined): void {
  process.send?.(message);
  if (readyFile === undefined) return;
  const draft = `${readyFile}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(message)}\n`);
  renameSync(draft, readyFile);
}
