import { Inject, Injectable } from '@nestjs/common';
import {
  runInputMessage,
  type JsonObject,
  type StepOutcome,
  type StepProgressed,
  type StepReported,
  type StepRunCommand,
  type Topics,
} from '@flows/contracts';
import type { KafkaProducerPort, OutgoingMessage } from '@flows/kafka';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { traceIdOf } from '@flows/telemetry';
import { WriteCombiner } from '../combining/write-combiner.js';
import type { StepExecutorConfig } from '../step-executor.config.js';
import { PRODUCER, TOPICS } from '../step-executor.tokens.js';

export interface Report {
  command: StepRunCommand;
  outcome: StepOutcome;
  /** Unix milliseconds; undefined for an attempt that was refused before it began. */
  startedAt: number | undefined;
  traceparent: string | undefined;
}

export interface SignOfLife {
  command: StepRunCommand;
  /** Counted from 1. */
  sign: number;
  /** Unix milliseconds. */
  startedAt: number;
  progress: JsonObject | undefined;
}

const SOURCE = 'flows/step-executor';
const MOST_PER_PUBLISH = 2_000;

/** Sends outcomes to the runs' input topic: those that are ready at the same moment in one request. */
@Injectable()
export class ReportPublisher {
  private readonly combiner = new WriteCombiner<OutgoingMessage, void>(
    async (messages) => {
      await this.producer.publish(messages);
      return [];
    },
    { mostItems: MOST_PER_PUBLISH },
  );

  constructor(
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_CONFIG) private readonly config: StepExecutorConfig,
  ) {}

  /** Resolves when the broker has it. A report may go out twice; its id is the attempt's, so the run takes it once. */
  publish(report: Report): Promise<void> {
    const { command, outcome, startedAt, traceparent } = report;
    const input: StepReported = {
      type: 'step.reported',
      id: `rep:${command.id}`,
      run_id: command.run_id,
      workspace_id: command.workspace_id,
      at: Date.now(),
      step_id: command.step_id,
      attempt: command.attempt,
      outcome,
      ...(startedAt === undefined ? {} : { started_at: startedAt }),
      executor: this.config.instanceId,
    };
    const traceId = traceIdOf(traceparent);
    if (traceId !== undefined) input.trace_id = traceId;
    return this.send(input, traceparent);
  }

  publishProgress({ command, sign, startedAt, progress }: SignOfLife): Promise<void> {
    const input: StepProgressed = {
      type: 'step.progressed',
      id: `prg:${command.id}:${sign}`,
      run_id: command.run_id,
      workspace_id: command.workspace_id,
      at: Date.now(),
      step_id: command.step_id,
      attempt: command.attempt,
      started_at: startedAt,
      executor: this.config.instanceId,
    };
    if (progress !== undefined) input.progress = progress;
    return this.send(input, undefined);
  }

  private send(input: StepReported | StepProgressed, traceparent: string | undefined): Promise<void> {
    return this.combiner.add(runInputMessage(this.topics, input, SOURCE, traceparent));
  }
}
