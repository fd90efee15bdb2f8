export * from './event-subscription.js';
export {
  findKeptEventPages,
  findKeptEvents,
  findKeptEventsOfAll,
  MAX_KEPT_EVENTS_FOUND,
  type KeptEventsPage,
} from './find-kept-events.js';
export * from './find-subscribers.js';
export * from './purge-events.js';
export * from './store-events.js';
