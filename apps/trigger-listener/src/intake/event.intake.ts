import type { Topics } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import type { EventTriggerType } from '@flows/trigger-rules';
import { decodeEvent, type EventDecoding } from './decode-event.js';
import type { Intake } from './incoming-event.js';
import type { WorkspaceDirectory } from './workspace.directory.js';

/**
 * From records to events. Each record is decoded alone: a bad one is put aside with its reason and takes nothing along.
 * Throws only when the database cannot say which workspaces exist.
 */
export class EventIntake {
  constructor(
    private readonly workspaces: WorkspaceDirectory,
    private readonly topics: Topics,
  ) {}

  async take(messages: readonly KafkaMessage[]): Promise<Intake> {
    const decoded = messages.map((message) => ({ message, decoding: decodeSafely(message) }));
    const named = decoded.flatMap(({ decoding }) => decoding.workspaceId ?? []);
    const known = await this.workspaces.findKnown(new Set(named));
    const intake: Intake = { events: [], rejected: [] };
    for (const { message, decoding } of decoded) {
      const { workspaceId } = decoding;
      const exists = workspaceId !== null && known.has(workspaceId);
      if (!decoding.ok) {
        const { code, detail } = decoding;
        intake.rejected.push({ message, rejection: { code, detail, workspaceId: exists ? workspaceId : null } });
      } else if (exists) {
        intake.events.push({
          event: decoding.event,
          workspaceId: decoding.workspaceId,
          channel: this.channelOf(message),
          message,
        });
      } else {
        const detail = `#/workspaceid: there is no workspace "${decoding.event.workspaceid}"`;
        intake.rejected.push({ message, rejection: { code: 'unknown_workspace', detail, workspaceId: null } });
      }
    }
    return intake;
  }

  private channelOf(message: KafkaMessage): EventTriggerType {
    return message.topic === this.topics.connectorEvents ? 'connector_event' : 'crm_event';
  }
}

/** A record that makes the decoder itself fail has found a bug; it is kept as a dead letter, to be replayed once that is mended. */
function decodeSafely(message: KafkaMessage): EventDecoding {
  try {
    return decodeEvent(message);
  } catch (error) {
    return { ok: false, code: 'internal_error', detail: `The message could not be read: ${String(error)}`, workspaceId: null };
  }
}
