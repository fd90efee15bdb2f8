/**
 * The workspace of the demo: a connection to the CRM and the workflow made from the built-in template, all over REST as a user would do it.
 * Everything is looked for before it is made, so a start that was cut short is completed by the next one.
 */
import type { Say } from '../console/say.js';
import type { DevFileStore } from '../dev-file/dev-file.store.js';
import { AnswerError, JsonClient } from '../gateway/json-client.js';
import type { ConnectionView, Page, WorkflowView, WorkspaceView } from '../gateway/views.js';

export const DEMO = { template: 'lead-to-sequence', segment: 'seg_hot_leads', sequence: 'seq_welcome', minScore: 50 } as const;

const CONNECTIONS = '/api/v1/connectors/connections';
const WORKFLOWS = '/api/v1/flows/workflows';

export interface DemoWorkspace {
  readonly workspaceId: string;
  readonly token: string;
  readonly workflow: WorkflowView;
}

/** Needs the gateway only. The connection follows the CRM to where it will answer this time. */
export async function ensureDemoWorkspace(store: DevFileStore, say: Say): Promise<DemoWorkspace> {
  const { workspaceId, token } = (await findWorkspace(store, say)) ?? (await createWorkspace(store, say));
  const gateway = clientOf(store.file.gateway_url, token);
  await ensureConnection(gateway, store.file.crm_url, say);
  return { workspaceId, token, workflow: await ensureWorkflow(gateway, say) };
}

export function clientOf(gatewayUrl: string, token: string): JsonClient {
  return new JsonClient(gatewayUrl, { authorization: `Bearer ${token}` });
}

/** Null when there was none, or when this database does not know it. */
async function findWorkspace(store: DevFileStore, say: Say): Promise<{ workspaceId: string; token: string } | null> {
  const { workspace_id: workspaceId, token, gateway_url } = store.file;
  if (workspaceId === null || token === null) return null;
  try {
    await clientOf(gateway_url, token).get(`${WORKFLOWS}?limit=1`);
    return { workspaceId, token };
  } catch (error) {
    if (!(error instanceof AnswerError) || error.status !== 401) throw error;
    say('This database does not know the demo workspace of the dev file; a new one is made.');
    return null;
  }
}

async function createWorkspace(store: DevFileStore, say: Say): Promise<{ workspaceId: string; token: string }> {
  const admin = clientOf(store.file.gateway_url, store.file.admin_token);
  const { id, token } = await admin.call<WorkspaceView>('POST', '/api/v1/workspaces', { name: 'Demo' });
  // At once: the token is shown this one time.
  await store.update({ workspace_id: id, token });
  say(`Demo workspace ${id} created`);
  return { workspaceId: id, token };
}

async function ensureConnection(gateway: JsonClient, crmUrl: string, say: Say): Promise<void> {
  const { items } = await gateway.get<Page<ConnectionView>>(`${CONNECTIONS}?limit=200`);
  const existing = items.find(({ name }) => name === 'crm');
  if (existing === undefined) {
    await gateway.call('POST', CONNECTIONS, { name: 'crm', provider: 'crm', role: 'both', config: { base_url: crmUrl } });
    say(`Connection "crm" to ${crmUrl} created`);
  } else if (existing.config['base_url'] !== crmUrl) {
    await gateway.call('PATCH', `${CONNECTIONS}/${existing.id}`, { config: { ...existing.config, base_url: crmUrl } });
    say(`Connection "crm" now points to ${crmUrl}`);
  }
}

async function ensureWorkflow(gateway: JsonClient, say: Say): Promise<WorkflowView> {
  const { items } = await gateway.get<Page<WorkflowView>>(`${WORKFLOWS}?status=active&limit=200`);
  const existing = items.find(({ template }) => template?.split('@')[0] === DEMO.template);
  if (existing !== undefined) return existing;
  const made = await gateway.call<WorkflowView>('POST', `/api/v1/flows/templates/${DEMO.template}/instantiate`, {
    inputs: { segment_id: DEMO.segment, sequence_id: DEMO.sequence, min_score: DEMO.minScore },
    publish: true,
  });
  say(`Workflow "${made.name}" made from the template ${DEMO.template} and published`);
  return made;
}
