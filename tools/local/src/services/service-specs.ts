/** Which services a local installation has, and what each is told. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICE_NODE_OPTIONS } from '@flows/service-kit';
import { PATHS, REPOSITORY } from '../installation.js';
import { egressRanges, readInheritedEnvironment, type LocalConfig } from '../local.config.js';
import type { ServiceSpec } from './service-spec.js';

export const GATEWAY = 'api-gateway';
export const CRM = 'crm-simulator';

/** The edge first, so that nothing new comes in; the CRM last, since executors call it until they have stopped. */
const STOP_RANKS = { edge: 1, engine: 2, outside: 3 } as const;

const EXECUTOR = 'step-executor';
const APPS = [
  { name: GATEWAY, stopRank: STOP_RANKS.edge },
  { name: 'trigger-listener', stopRank: STOP_RANKS.edge },
  { name: 'orchestrator', stopRank: STOP_RANKS.engine },
  { name: EXECUTOR, stopRank: STOP_RANKS.engine },
] as const;

export interface ServicePlaces {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly gatewayPort: number;
  readonly crmPort: number;
  readonly adminToken: string;
}

/** What answers, decides and works. */
export function appSpecs(config: LocalConfig, places: ServicePlaces): readonly ServiceSpec[] {
  const shared = {
    DATABASE_URL: places.databaseUrl,
    KAFKA_BROKERS: places.kafkaBrokers,
    KAFKA_TOPIC_PREFIX: config.kafkaTopicPrefix,
    KAFKA_PARTITIONS: String(config.kafkaPartitions),
    EGRESS_ALLOW_CIDRS: egressRanges(config.egressAllowCidrs),
    // One name and one port cannot be those of several processes.
    INSTANCE_ID: undefined,
    READY_FILE: undefined,
    PORT: '0',
    MANAGEMENT_PORT: '0',
    NODE_OPTIONS: [readInheritedEnvironment()['NODE_OPTIONS'], SERVICE_NODE_OPTIONS].filter(Boolean).join(' '),
  };
  return APPS.map(({ name, stopRank }) => ({
    name,
    entry: join(REPOSITORY, 'apps', name, 'dist', 'main.js'),
    // Only the gateway creates workspaces, so only it gets the key to that.
    env: environment({
      ...shared,
      FLOWS_ADMIN_TOKEN: undefined,
      ...(name === EXECUTOR && { BLOB_STORE_URL: config.blobStoreUrl ?? pathToFileURL(PATHS.blobs).href }),
      ...(name === GATEWAY && { PORT: String(places.gatewayPort), FLOWS_ADMIN_TOKEN: places.adminToken }),
    }),
    logFile: logFileOf(name),
    stopRank,
  }));
}

/** It stands for a customer's system: it gets a broker, a file and the workspace to which its events belong, and nothing else of ours. */
export function crmSpec(config: LocalConfig, { kafkaBrokers, crmPort }: ServicePlaces, workspaceId: string): ServiceSpec {
  return {
    name: CRM,
    entry: join(REPOSITORY, 'tools', 'crm-simulator', 'dist', 'main.js'),
    env: environment({
      DATABASE_URL: undefined,
      FLOWS_ADMIN_TOKEN: undefined,
      KAFKA_BROKERS: kafkaBrokers,
      CRM_TOPIC_PREFIX: config.kafkaTopicPrefix,
      CRM_WORKSPACE_ID: workspaceId,
      CRM_DATA_FILE: join(PATHS.crm, 'crm.json'),
      PORT: String(crmPort),
    }),
    logFile: logFileOf(CRM),
    stopRank: STOP_RANKS.outside,
  };
}

function logFileOf(service: string): string {
  return join(PATHS.logs, `${service}.log`);
}

/** Ours above what we inherit. A setting of ours also replaces the file that the user may have named for it. */
function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const files = Object.keys(own).map((name) => [`${name}_FILE`, undefined] as const);
  return { ...readInheritedEnvironment(), ...Object.fromEntries(files), ...own };
}
