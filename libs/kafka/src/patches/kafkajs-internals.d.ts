/** Shapes of the internals of kafkajs 2.2.4 that the patches touch. `kafkajs-originals.spec.ts` fails when the sources change. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export interface RequestQueueInstance {
    pending: unknown[];
    inflight: Map<number, unknown>;
  }
  const RequestQueue: { prototype: { scheduleCheckPendingRequests(this: RequestQueueInstance): void } };
  export default RequestQueue;
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type { RequestQueueInstance } from 'kafkajs/src/network/requestQueue/index.js';
  export interface ConnectionInstance {
    socket: Socket | undefined;
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    requestQueue: RequestQueueInstance;
    isConnected(): boolean;
    rejectRequests(error: Error): void;
    disconnect(): Promise<boolean>;
  }
  const Connection: {
    prototype: {
      connect(this: ConnectionInstance): Promise<boolean>;
      processData(this: ConnectionInstance, data: Buffer): unknown;
      disconnect(this: ConnectionInstance): Promise<boolean>;
    };
  };
  export default Connection;
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  import type { ConnectionInstance } from 'kafkajs/src/network/connection.js';
  export interface ClusterInstance {
    brokerPool: { brokers: Record<string, { connectionPool: { pool: ConnectionInstance[] } } | undefined> };
  }
  export interface ConsumerGroupInstance {
    cluster: ClusterInstance;
    subscriptionState: { active(): { partitions: number[] }[] };
    maxWaitTime: number;
  }
  const ConsumerGroup: { prototype: { fetch(this: ConsumerGroupInstance, nodeId: string): Promise<unknown[]> } };
  export default ConsumerGroup;
}

declare module 'kafkajs/src/errors.js' {
  export class KafkaJSConnectionClosedError extends Error {}
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  const protocol: { requests: { Produce: object } };
  export default protocol;
}

declare module 'kafkajs/src/broker/index.js' {
  export interface Exchange {
    request: { apiVersion: number; encode(): Promise<unknown> };
    response: object;
  }
  export interface BrokerInstance {
    lookupRequest(apiKey: number, definition: object): (options: object) => Exchange;
    connectionPool: { send(exchange: Exchange): Promise<unknown> };
    disconnect(): Promise<void>;
  }
  const Broker: { prototype: { produce(this: BrokerInstance, options: object): Promise<unknown> } };
  export default Broker;
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  const response: { decode(payload: Buffer): Promise<object> };
  export default response;
}
