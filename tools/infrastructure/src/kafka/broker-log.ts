/** log4j2 configuration of the broker: its log goes to one file that rolls. Without it Kafka logs nothing. */
import { formatProperties } from './broker-properties.js';

export function brokerLogProperties(logFile: string): string {
  return formatProperties({
    status: 'error',
    name: 'flows-broker',
    'appender.file.type': 'RollingFile',
    'appender.file.name': 'file',
    'appender.file.fileName': logFile,
    'appender.file.filePattern': `${logFile}.%i`,
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': '[%d] %p %m (%c)%n',
    'appender.file.policies.type': 'Policies',
    'appender.file.policies.size.type': 'SizeBasedTriggeringPolicy',
    'appender.file.policies.size.size': '20MB',
    'appender.file.strategy.type': 'DefaultRolloverStrategy',
    'appender.file.strategy.max': '2',
    'rootLogger.level': 'warn',
    'rootLogger.appenderRef.file.ref': 'file',
    'logger.kafka.name': 'kafka',
    'logger.kafka.level': 'info',
    'logger.apache.name': 'org.apache.kafka',
    'logger.apache.level': 'info',
    // Dumps of whole configurations and one line per partition or metadata record: slow the start and hide the rest.
    'logger.config.name': 'org.apache.kafka.common.config.AbstractConfig',
    'logger.config.level': 'warn',
    'logger.broker-config.name': 'kafka.server.KafkaConfig',
    'logger.broker-config.level': 'warn',
    'logger.log.name': 'org.apache.kafka.storage.internals.log',
    'logger.log.level': 'warn',
    'logger.controller.name': 'org.apache.kafka.controller',
    'logger.controller.level': 'warn',
    'logger.state.name': 'state.change.logger',
    'logger.state.level': 'warn',
  });
}
