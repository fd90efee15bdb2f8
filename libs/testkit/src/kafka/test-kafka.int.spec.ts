import { createKafkaDriver, silentLogger } from '@flows/kafka';
import { describe, expect, it } from '@jest/globals';
import { testKafka } from './test-kafka.js';

describe('testKafka', () => {
  it('gives topics of its own, ready to be written to', async () => {
    const [mine, other] = [testKafka({ partitions: 2 }), testKafka()];
    expect(mine.topics.runInputs).not.toBe(other.topics.runInputs);
    await mine.ensureTopics();
    await mine.ensureTopics();
    const driver = createKafkaDriver({ brokers: mine.brokers, clientId: 'test', logger: silentLogger });
    try {
      const producer = await driver.producer();
      await producer.publish([{ topic: mine.topics.runInputs, key: 'k', value: 'v' }]);
      await expect(producer.publish([{ topic: other.topics.runInputs, key: 'k', value: 'v' }])).rejects.toMatchObject({
        code: 'unknown_topic',
      });
    } finally {
      await driver.close();
    }
  });
});
