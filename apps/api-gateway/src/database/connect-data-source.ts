import type { Logger } from '@flows/service-kit';
import { DataSource, type DataSourceOptions } from 'typeorm';

const AGAIN_MS = 500;
const REMIND_EVERY = 10;

/** Connects for as long as it takes: services start in any order, also before the database and its roles exist. */
export async function connectDataSource(options: DataSourceOptions, logger: Logger): Promise<DataSource> {
  for (let tries = 0; ; tries += 1) {
    // One that failed half-way is not used again.
    const source = new DataSource(options);
    try {
      return await source.initialize();
    } catch (error) {
      if (tries % REMIND_EVERY === 0) logger.warn({ err: error }, 'waiting for the database');
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
