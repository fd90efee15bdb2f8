/**
 * The patches replace methods of kafkajs 2.2.4 by name and rely on how the rest calls them. Another version of kafkajs has to be read
 * anew before it is used: these digests make sure that nobody forgets.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import Broker from 'kafkajs/src/broker/index.js';
import fetchResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';

const digest = (method: (...args: never[]) => unknown): string =>
  createHash('sha256').update(method.toString()).digest('hex').slice(0, 16);

describe('kafkajs', () => {
  it('is the version that was read', () => {
    expect((createRequire(import.meta.url)('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
  });

  it.each([
    ['RequestQueue.scheduleCheckPendingRequests', RequestQueue.prototype.scheduleCheckPendingRequests, '04347ea969c6f2e3'],
    ['Connection.connect', Connection.prototype.connect, 'f62881754acb28b9'],
    ['Connection.disconnect', Connection.prototype.disconnect, 'ac3f77bff37988e6'],
    ['Connection.processData', Connection.prototype.processData, '8cc3f4c52154f4ca'],
    ['Broker.produce', Broker.prototype.produce, 'eed0ebcb4b430b65'],
    ['fetch response decode', fetchResponse.decode, '159b1098f90cb215'],
    ['ConsumerGroup.fetch', ConsumerGroup.prototype.fetch, 'e2e52d81f1e13b90'],
  ])('has the %s that the patches were written for', (_name, method, expected) => {
    expect(digest(method)).toBe(expected);
  });
});
