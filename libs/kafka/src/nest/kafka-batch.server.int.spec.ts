import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Module,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type INestMicroservice,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import { eventually } from '@flows/testkit';
import { EMPTY, type Observable } from 'rxjs';
import { gate, openKafka, resolveAll, text, type KafkaFixture } from '../../test/kafka-fixture.js';
import type { KafkaBatch, KafkaProducerPort } from '../kafka-driver.port.js';
import { BatchPattern } from './batch-pattern.decorator.js';
import { KafkaBatchContext } from './kafka-batch.context.js';
import { KafkaBatchServer, type KafkaBatchServerOptions } from './kafka-batch.server.js';

describe('KafkaBatchServer', () => {
  let kafka: KafkaFixture;
  let producer: KafkaProducerPort;
  const apps: INestMicroservice[] = [];

  beforeAll(async () => {
    kafka = openKafka();
    producer = await kafka.driver.producer();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  afterAll(() => kafka.driver.close());

  const boot = async (controller: new () => object, options: Partial<KafkaBatchServerOptions> = {}) => {
    @Module({ controllers: [controller] })
    class TestModule {}
    const strategy = new KafkaBatchServer({
      driver: kafka.driver,
      onFatal: (error) => {
        throw error;
      },
      resolveTopics: (declared) => kafka.name(declared),
      resolveGroup: (declared) => kafka.name(declared),
      ...options,
    });
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(TestModule, { strategy, logger: false });
    apps.push(app);
    return { app, strategy };
  };
  const send = (suffix: string, partition: number, ...values: string[]) =>
    producer.publish(values.map((value) => ({ topic: kafka.name(suffix), key: null, value, partition })));

  it('hands whole batches to a controller method, through interceptors, with its context', async () => {
    const seen: unknown[] = [];
    class Recorder implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
        seen.push(`before ${context.getHandler().name}`);
        return next.handle();
      }
    }
    @Controller()
    class EventsConsumer {
      @BatchPattern({ topic: 'nest.events', group: 'nest.listeners' })
      @UseInterceptors(Recorder)
      handleEvents(@Payload() batch: KafkaBatch, @Ctx() context: KafkaBatchContext): Observable<never> {
        seen.push(batch.messages.map(text), context.getGroup(), context.getTopics());
        resolveAll(batch);
        return EMPTY;
      }
    }
    await kafka.createTopic('nest.events');
    await send('nest.events', 0, 'a', 'b');
    const { app, strategy } = await boot(EventsConsumer, { expects: [{ group: 'nest.listeners', topic: 'nest.events' }] });
    await app.listen();
    await eventually(() => seen.length === 4);
    expect(seen).toEqual(['before handleEvents', ['a', 'b'], kafka.name('nest.listeners'), [kafka.name('nest.events')]]);
    expect(strategy.health()).toMatchObject({ [kafka.name('nest.listeners')]: { joined: true, assigned: 1 } });

    await app.close();
    expect(await kafka.driver.groupLag(kafka.name('nest.listeners'), [kafka.name('nest.events')])).toMatchObject([{ lag: 0 }]);
  });

  it('combines the batches of several partitions into one call, and what arrives meanwhile into the next', async () => {
    const calls: { partitions: number[]; values: string[] }[] = [];
    const busy = gate();
    @Controller()
    class InputsConsumer {
      @BatchPattern({ topic: 'nest.inputs', group: 'nest.folders', combine: true })
      async foldInputs(batches: readonly KafkaBatch[]): Promise<void> {
        calls.push({
          partitions: batches.map(({ partition }) => partition).sort(),
          values: batches.flatMap(({ messages }) => messages.map(text)).sort(),
        });
        if (calls.length === 1) await busy.opened;
        batches.forEach(resolveAll);
      }
    }
    await kafka.createTopic('nest.inputs', { partitions: 6 });
    await Promise.all([0, 1, 2, 3].map((partition) => send('nest.inputs', partition, `first ${partition}`)));
    const { app } = await boot(InputsConsumer);
    await app.listen();
    await eventually(() => calls.length === 1);
    await Promise.all([3, 4, 5].map((partition) => send('nest.inputs', partition, `second ${partition}`)));
    expect(calls).toEqual([{ partitions: [0, 1, 2, 3], values: [0, 1, 2, 3].map((partition) => `first ${partition}`) }]);
    busy.open();
    await eventually(() => calls.length === 2);
    expect(calls[1]).toEqual({ partitions: [3, 4, 5], values: [3, 4, 5].map((partition) => `second ${partition}`) });
  });

  it('brings a batch again when the handler throws, and logs what it threw', async () => {
    const seen: string[][] = [];
    @Controller()
    class FailingConsumer {
      @BatchPattern({ topic: 'nest.failing', group: 'nest.failing', combine: true })
      async handle(batches: readonly KafkaBatch[]): Promise<void> {
        seen.push(batches.flatMap(({ messages }) => messages.map(text)).sort());
        if (seen.length === 1) throw new Error('database is down');
        batches.forEach(resolveAll);
      }
    }
    await kafka.createTopic('nest.failing', { partitions: 2 });
    await Promise.all([send('nest.failing', 0, 'a'), send('nest.failing', 1, 'b')]);
    const { app } = await boot(FailingConsumer);
    await app.listen();
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    const errors = kafka.log.lines
      .filter(({ level }) => level === 'error')
      .map(({ fields }) => (fields as { err?: Error }).err?.message);
    expect(errors).toContain('database is down');
  });

  it('refuses to boot when handlers and expectations do not fit, listing every problem', async () => {
    @Controller()
    class WrongConsumer {
      @EventPattern('plain')
      handlePlain(_data: unknown): void {}
    }
    const { app } = await boot(WrongConsumer, { expects: [{ group: 'g', topic: 't' }] });
    await expect(app.listen()).rejects.toThrow(
      'Kafka handlers do not fit together:\n' +
        '- Handler "plain" has no Kafka options: declare it with @BatchPattern.\n' +
        '- No handler for topic t in group g: add a @BatchPattern for it.',
    );
  });

  it('can be closed while it still waits for its topic', async () => {
    @Controller()
    class EarlyConsumer {
      @BatchPattern({ topic: 'nest.never', group: 'nest.never' })
      async handle(): Promise<void> {}
    }
    const { app } = await boot(EarlyConsumer);
    const listening = expect(app.listen()).rejects.toMatchObject({ code: 'closed' });
    await app.close();
    await listening;
  });
});
