/** A small CRM that stands for a customer's: HTTP in, plain CloudEvents out. It knows nothing of who listens. */
export { startCrmSimulator, type CrmSimulator, type CrmSimulatorOptions } from './crm-simulator.js';
export type { Company, Lead } from './leads/lead.js';
export type { CloudEvent } from './events/crm-event.js';
export type { EventPublisher } from './events/event-publisher.js';
export type { FaultRule } from './faults/fault-rules.js';
