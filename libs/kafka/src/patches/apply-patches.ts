import { registerCodecs } from '../codecs/register-codecs.js';
import { patchConnection } from './connection.patch.js';
import { patchFetchDecoding } from './fetch-decoding.patch.js';
import { patchConsumerGroup } from './fetch-interrupter.js';
import { patchProduceEncoding } from './produce-encoding.patch.js';
import { patchRequestQueue } from './request-queue.patch.js';

let applied = false;

/** Repairs kafkajs for the whole process, once, however many drivers are created. */
export const applyPatches = (): void => {
  if (applied) return;
  applied = true;
  patchRequestQueue();
  patchConnection();
  patchConsumerGroup();
  patchProduceEncoding();
  patchFetchDecoding();
  registerCodecs();
};
