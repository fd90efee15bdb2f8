import { BaseRpcContext } from '@nestjs/microservices';

/** What a batch handler may ask through `@Ctx()` beside its batches. */
export class KafkaBatchContext extends BaseRpcContext<[group: string, topics: readonly string[]]> {
  getGroup(): string {
    return this.args[0];
  }

  /** The real names of the topics that this handler serves. */
  getTopics(): readonly string[] {
    return this.args[1];
  }
}
