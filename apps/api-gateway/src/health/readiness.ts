import { Inject, Injectable } from '@nestjs/common';
import type { KafkaDriver } from '@flows/kafka';
import { migratedCheck, type Checks } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';
import { KAFKA_DRIVER } from '../kafka/kafka.tokens.js';

/** What must answer before the gateway takes requests. */
@Injectable()
export class Readiness {
  readonly checks: Checks;

  constructor(@Inject(ENGINE_POOL) pool: pg.Pool, @Inject(KAFKA_DRIVER) kafka: KafkaDriver) {
    this.checks = {
      database: migratedCheck(pool),
      kafka: () => kafka.ping(1_500),
    };
  }
}
