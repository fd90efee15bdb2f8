/** What the demo does at the CRM, over the same HTTP API that a person would use. */
import { JsonClient } from '../gateway/json-client.js';
import type { Page } from '../gateway/views.js';

export interface Lead {
  readonly id: string;
  readonly name: string;
  readonly title?: string | null;
  readonly company?: { readonly name?: string; readonly employees?: number | null; readonly industry?: string | null } | null;
}

export interface NewLead {
  readonly name: string;
  readonly email: string;
  readonly title: string;
  readonly source: string;
  readonly visits_30d: number;
  readonly company: Readonly<Record<string, unknown>>;
}

export class CrmClient {
  private readonly http: JsonClient;

  /** @param workspaceId whose events the changes become. */
  constructor(baseUrl: string, workspaceId: string) {
    this.http = new JsonClient(baseUrl, { 'x-workspace-id': workspaceId });
  }

  listLeads(): Promise<readonly Lead[]> {
    return this.all<Lead>('/leads');
  }

  async listMembers(segmentId: string): Promise<ReadonlySet<string>> {
    return new Set((await this.all<{ lead_id: string }>(`/segments/${segmentId}/members`)).map(({ lead_id }) => lead_id));
  }

  async listEnrolled(sequenceId: string): Promise<ReadonlySet<string>> {
    return new Set((await this.all<{ lead_id: string }>(`/sequences/${sequenceId}/enrollments`)).map(({ lead_id }) => lead_id));
  }

  createLead(lead: NewLead): Promise<Lead> {
    return this.http.call<Lead>('POST', '/leads', lead);
  }

  async enterSegment(segmentId: string, leadId: string): Promise<void> {
    await this.http.call('PUT', `/segments/${segmentId}/members/${leadId}`);
  }

  async leaveSegment(segmentId: string, leadId: string): Promise<void> {
    await this.http.call('DELETE', `/segments/${segmentId}/members/${leadId}`);
  }

  private async all<T>(path: string): Promise<readonly T[]> {
    const items: T[] = [];
    for (let cursor: string | null = null; ;) {
      const page: Page<T> = await this.http.get<Page<T>>(
        `${path}?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      items.push(...page.items);
      if (page.next_cursor === null) return items;
      cursor = page.next_cursor;
    }
  }
}
