import { createLogger } from '@flows/service-kit';
import { prepareInstallation } from './prepare-installation.js';
import { readSetupConfig } from './setup.config.js';

/** Run once before the services of a new version start: a job of the same image. */
const config = readSetupConfig();
const logger = createLogger({ service: 'setup', level: config.logLevel, instanceId: 'setup' });
await prepareInstallation(
  { ...config, topicPrefix: config.kafkaTopicPrefix, partitions: config.kafkaPartitions },
  (line) => logger.info(line),
  logger,
);
logger.info('schema and topics are as this version expects them');
