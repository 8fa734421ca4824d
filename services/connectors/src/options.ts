/** What may be set about syncs. The defaults suit production; tests make them short. */
export type ConnectorsOptions = {
  /** Rights that no sync confirmed for this long are stale: nobody reads those documents (ACCESS.md section 8). */
  freshnessMs: number
  /** How long after the end of a sync the next one starts by itself. */
  syncIntervalMs: number
  /** How long a silent worker keeps its sync before another one may take it over. */
  leaseMs: number
  /** How often waiting work is looked for. */
  pollMs: number
  /** How often a sync is taken up again without getting on before it ends as failed. */
  maxAttempts: number
  /** The first wait before it is taken up again; each further one is twice as long, up to `maxBackoffMs`. */
  backoffMs: number
  maxBackoffMs: number
  /** Syncs at once in this process, and documents at once in a sync. */
  syncsAtOnce: number
  documentsAtOnce: number
  /** A batch ends with this many documents or bytes; it is what is done again after a crash, and what is in memory. */
  batchDocuments: number
  batchBytes: number
  /** A file that is larger is not taken in. */
  maxFileBytes: number
}

export const defaultOptions: ConnectorsOptions = {
  freshnessMs: 24 * 60 * 60 * 1000,
  syncIntervalMs: 15 * 60 * 1000,
  leaseMs: 30_000,
  pollMs: 1000,
  maxAttempts: 8,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  syncsAtOnce: 2,
  documentsAtOnce: 6,
  batchDocuments: 50,
  batchBytes: 16 * 1024 * 1024,
  maxFileBytes: 50 * 1024 * 1024,
}
