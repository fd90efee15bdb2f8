import { Global, Module } from '@nestjs/common';
import { PRODUCER_LIMITS, topicNames } from '@flows/contracts';
import { createKafkaDriver, type KafkaDriver } from '@flows/kafka';
import { SERVICE_CONFIG, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { KAFKA_DRIVER, KAFKA_PRODUCER, TOPICS } from './kafka.tokens.js';

/** About when the orchestrator's sweep takes over what was not published. */
const PUBLISH_DEADLINE_MS = 8_000;

/** The gateway only publishes. */
@Global()
@Module({
  providers: [
    {
      provide: KAFKA_DRIVER,
      inject: [SERVICE_CONFIG, SERVICE_LOGGER],
      useFactory: (config: ApiGatewayConfig, logger: Logger) =>
        createKafkaDriver({ brokers: [...config.kafkaBrokers], clientId: `api-gateway-${config.instanceId}`, logger }),
    },
    {
      provide: KAFKA_PRODUCER,
      inject: [KAFKA_DRIVER],
      useFactory: (driver: KafkaDriver) => driver.producer({ ...PRODUCER_LIMITS, deadlineMs: PUBLISH_DEADLINE_MS }),
    },
    { provide: TOPICS, inject: [SERVICE_CONFIG], useFactory: (config: ApiGatewayConfig) => topicNames(config.kafkaTopicPrefix) },
  ],
  exports: [KAFKA_DRIVER, KAFKA_PRODUCER, TOPICS],
})
export class KafkaModule {}
