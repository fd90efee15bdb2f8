/** Figures of this process in the Prometheus text format. Those of the work itself go through OpenTelemetry. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const STARTED_SECONDS = Date.now() / 1000 - process.uptime();

export class ProcessMetrics {
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 20 });

  constructor(private readonly service: string) {
    this.loopDelay.enable();
  }

  /** Event loop delays are those since the last call. */
  render(): string {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const text = [
      sample('counter', 'process_cpu_seconds_total', (cpu.user + cpu.system) / 1e6, this.service),
      sample('gauge', 'process_resident_memory_bytes', memory.rss, this.service),
      sample('gauge', 'process_start_time_seconds', STARTED_SECONDS, this.service),
      sample('gauge', 'nodejs_heap_size_used_bytes', memory.heapUsed, this.service),
      sample('gauge', 'nodejs_eventloop_delay_p99_seconds', this.loopDelay.percentile(99) / 1e9, this.service),
      sample('gauge', 'nodejs_eventloop_delay_max_seconds', this.loopDelay.max / 1e9, this.service),
    ].join('');
    this.loopDelay.reset();
    return text;
  }

  stop(): void {
    this.loopDelay.disable();
  }
}

function sample(type: string, name: string, value: number, service: string): string {
  return `# TYPE ${name} ${type}\n${name}{service="${service}"} ${value}\n`;
}
