/** Server settings for one small machine that also runs Kafka and every service. */

/**
 * `durable: false` is for data that nobody misses after a power cut (tests): a killed process still loses nothing, a killed machine may.
 * In both modes a commit waits for its WAL record.
 */
export function postgresSettings(port: number, durable: boolean): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // No socket file: two clones never meet in /tmp.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    effective_cache_size: '1GB',
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    random_page_cost: '1.1',
    // Short statements only: planning parallel workers or compiling costs more than it saves, on two cores above all.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    // When a row became true, for whoever checks that nobody was told before (10 bytes per commit).
    track_commit_timestamp: 'on',
    // Nothing replicates from here.
    wal_level: 'minimal',
    max_wal_senders: '0',
    wal_buffers: '16MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    synchronous_commit: 'on',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
}
