import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const SWEEP_MS = 50;

/**
 * Stops taking requests, answers those at hand, closes the transports. A connection that is kept alive after its last answer would
 * hold the server open until its idle time-out (a minute and more), so idle ones are closed all along, not only at the start.
 */
export async function closeApplication(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}
