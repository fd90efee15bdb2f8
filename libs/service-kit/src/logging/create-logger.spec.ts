import { describe, expect, it } from '@jest/globals';
import { createLogger, type Logger } from './create-logger.js';
import { NestLogger } from './nest-logger.js';

function recordingLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: createLogger({ service: 'orchestrator', level: 'debug', instanceId: 'i-1', destination }), lines };
}

describe('createLogger', () => {
  it('writes one JSON line with level, service and instance', () => {
    const { logger, lines } = recordingLogger();
    logger.info({ run_id: 'r' }, 'folded');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        service: 'orchestrator',
        instance_id: 'i-1',
        run_id: 'r',
        msg: 'folded',
      },
    ]);
  });

  it('hides credentials by the name of their key, at any depth, and keeps figures', () => {
    const { logger, lines } = recordingLogger();
    logger.info({
      headers: { Authorization: 'Bearer abc', 'x-api-key': 'abc', accept: '*/*' },
      list: [{ clientSecret: 'abc' }],
      access_token: { value: 'abc' },
      tokens: 12,
    });
    expect(JSON.stringify(lines)).not.toContain('abc');
    expect(lines[0]).toMatchObject({ headers: { Authorization: '[redacted]', accept: '*/*' }, tokens: 12 });
  });

  it('writes errors with stack and cause, and hides credentials that a library has put on them', () => {
    const { logger, lines } = recordingLogger();
    logger.error({ err: Object.assign(new Error('no'), { config: { password: 'abc' }, code: 'E1' }) }, 'failed');
    expect(lines[0]).toMatchObject({ err: { type: 'Error', message: 'no', code: 'E1', config: { password: '[redacted]' } } });
    expect((lines[0]?.['err'] as { stack: string }).stack).toContain('create-logger.spec');
  });
});

describe('NestLogger', () => {
  it('keeps the context apart from the message and lowers the framework’s own talk', () => {
    const { logger, lines } = recordingLogger();
    const nest = new NestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.log('hello', 'RunsController');
    nest.error(new Error('broken'), 'at x\n at y', 'RunsController');
    expect(lines).toMatchObject([
      { level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/x, GET} route' },
      { level: 'info', context: 'RunsController', msg: 'hello' },
      { level: 'error', context: 'RunsController', msg: 'broken', err: { message: 'broken' }, details: ['at x\n at y'] },
    ]);
  });
});
