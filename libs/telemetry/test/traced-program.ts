/** Serves one request that queries PostgreSQL, calls itself with a given trace, and leaves: the subject of telemetry.int.spec.ts. */
import { stopTelemetry, withRemoteParent } from '@flows/telemetry';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const [databaseUrl, traceparent] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });

const server = createServer((request, response) => {
  pool
    .query('select 1 as one')
    .then(() => response.end(request.headers['traceparent']))
    .catch((error: Error) => response.writeHead(500).end(error.message));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const seen = await withRemoteParent(traceparent, async () => (await fetch(`${base}/work`)).text());
await fetch(`${base}/livez`);
console.log(JSON.stringify({ seen }));

server.closeAllConnections();
server.close();
await pool.end();
await stopTelemetry();
