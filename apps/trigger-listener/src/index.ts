export { TriggerListenerModule } from './trigger-listener.module.js';
