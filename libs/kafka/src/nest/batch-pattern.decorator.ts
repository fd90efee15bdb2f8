import { Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';

export interface BatchPatternOptions {
  /** Declared names; `KafkaBatchServer` may map them to the names in use. */
  topic: string | readonly string[];
  /** Handlers of one group share one consumer. */
  group: string;
  /**
   * The handler gets a list of batches, one per partition, in one call: all that arrived while the call before was running. Default
   * false: one call per batch, calls of different partitions side by side.
   */
  combine?: boolean;
  /** Default 4, or 32 with `combine`, where it bounds the batches of one call. Same for all handlers of a group. */
  partitionsConcurrently?: number;
  /** Where a new group starts. Default true. */
  fromBeginning?: boolean;
  /** Default 1 MiB. Bounds what one call has to take in. Same for all handlers of a group. */
  maxBytesPerPartition?: number;
  /** Default 1000. Same for all handlers of a group. */
  maxWaitMs?: number;
}

/** Handlers under this transport are invisible to other strategies of the same application. */
export const KAFKA_BATCH_TRANSPORT = Symbol('flows.kafka.batch');

/** Where the strategy finds the options among the extras of a Nest pattern. */
export const BATCH_PATTERN_EXTRA = 'kafkaBatch';

/** Nest replaces unknown errors by "Internal server error"; the log of a failed batch has to name the real one. */
@Catch()
class OriginalErrorFilter implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/**
 * Makes a controller method the handler of whole batches: it receives a `KafkaBatch`, or `readonly KafkaBatch[]` with `combine`, as its
 * payload and a `KafkaBatchContext` as `@Ctx()`. Guards, pipes, interceptors and filters work as on any Nest message handler.
 *
 * INVARIANT: throwing means that the infrastructure failed, and the batch comes again. See `ConsumeOptions.onBatch`.
 */
export const BatchPattern =
  (options: BatchPatternOptions): MethodDecorator =>
  (target, method, descriptor) => {
    const pattern = `kafka:${options.group}:${topicsOf(options).join(',')}`;
    const subscribe = EventPattern(pattern, KAFKA_BATCH_TRANSPORT, { [BATCH_PATTERN_EXTRA]: options }) as MethodDecorator;
    subscribe(target, method, descriptor);
    UseFilters(new OriginalErrorFilter())(target, method, descriptor);
  };

export const topicsOf = ({ topic }: BatchPatternOptions): readonly string[] => (typeof topic === 'string' ? [topic] : topic);
