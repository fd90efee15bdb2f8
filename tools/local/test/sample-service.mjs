/** A service as the supervisor sees one: ready over IPC, ends at SIGTERM and with its parent. MODE chooses what goes wrong. */
const mode = process.env['MODE'];

if (mode === 'refuses') {
  process.stderr.write('sample cannot start: one setting needs attention:\n  PORT is "x"\n');
  process.exit(78);
}
if (mode === 'broken') {
  process.stdout.write(`${JSON.stringify({ level: 'fatal', msg: 'cannot start', err: { message: 'no database' } })}\n`);
  process.exit(1);
}
process.on('SIGTERM', () => mode !== 'deaf' && process.exit(0));
process.on('disconnect', () => process.exit(0));
process.on('SIGUSR2', () =>
  process.stdout.write(`${JSON.stringify({ level: 'error', msg: 'commit failed', err: { message: 'no broker' } })}\n`),
);
process.send({ ready: true, service: 'sample', port: null, management_port: 1, pid: process.pid });
setInterval(() => undefined, 60_000);
