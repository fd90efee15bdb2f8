export const KAFKA_DRIVER = Symbol('KAFKA_DRIVER');
export const KAFKA_PRODUCER = Symbol('KAFKA_PRODUCER');
/** Topics of libs/contracts with the installation's prefix. */
export const TOPICS = Symbol('TOPICS');
