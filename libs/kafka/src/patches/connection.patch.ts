import Connection from 'kafkajs/src/network/connection.js';

const SIZE_PREFIX_BYTES = 4;

/**
 * kafkajs keeps the bytes of a half-received response when a connection breaks and reads them as the start of the first response of the
 * next connection, which then never decodes. A new socket starts with empty buffers.
 */
const original = Connection.prototype.connect;

export const patchConnection = (): void => {
  Connection.prototype.connect = function connect() {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = SIZE_PREFIX_BYTES;
    }
    return original.call(this);
  };
};
