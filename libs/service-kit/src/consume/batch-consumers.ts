import { KafkaBatchServer, type KafkaBatchServerOptions, type KafkaDriver } from '@flows/kafka';
import type { CommonConfig, KafkaConfig } from '../config/service-fields.js';
import type { ServiceContext } from '../boot/service-context.js';
import type { Check } from '../health/health-checks.js';

/** The consumers of a service: topics and groups under the installation's prefix; one that is dead for good ends the process. */
export class BatchConsumers {
  private server: KafkaBatchServer | undefined;

  /** For `strategies` of `runService`. @param expects what the service has to serve; booting fails when a handler is missing. */
  open(
    driver: KafkaDriver,
    expects: KafkaBatchServerOptions['expects'],
    { config, logger }: ServiceContext<CommonConfig & KafkaConfig>,
  ): KafkaBatchServer {
    const prefixed = (declared: string) => `${config.kafkaTopicPrefix}${declared}`;
    this.server = new KafkaBatchServer({
      driver,
      expects,
      resolveTopics: prefixed,
      resolveGroup: prefixed,
      onFatal: (error) => {
        logger.fatal({ err: error }, 'the consumer is dead');
        process.exit(1);
      },
    });
    return this.server;
  }

  /** Ready: every consumer has its place in its group. */
  readonly joined: Check = () => this.server !== undefined && this.health().every((consumer) => consumer.joined);
  readonly alive: Check = () => this.health().every((consumer) => consumer.fatal === undefined);

  private health() {
    return Object.values(this.server?.health() ?? {});
  }
}
