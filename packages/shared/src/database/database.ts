import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, PostgresDialect, sql, type Transaction, type TransactionSettings } from 'kysely'
import pg from 'pg'
import type { PgliteWorker } from './pglite-worker.ts'
import { PgliteDialect } from './pglite-dialect.ts'
import { PostgresClient } from './postgres-client.ts'
import { quoteIdentifier } from './quote-identifier.ts'

/** Numbers over 2^53 do not occur in our columns, so both adapters read `bigint` as a number. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export type DatabaseOptions = {
  /** The PostgreSQL schema of the service. Queries name tables without it. */
  schema: string
} & ({ url: string; poolSize?: number; onError?: (error: Error) => void } | { pglite: PgliteWorker })

/** One service's database: PostgreSQL through `pg`, or its share of the embedded PGlite. Both understand the same SQL (PostgreSQL 15). */
export function createDatabase<T>(options: DatabaseOptions): Kysely<T> {
  if ('pglite' in options) return new Kysely<T>({ dialect: new PgliteDialect(options.pglite, options.schema) })
  const pool = new pg.Pool({
    Client: PostgresClient,
    pipeline: true,
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 5000,
    options: `-c search_path=${quoteIdentifier(options.schema)}`,
    application_name: `tessera-${options.schema}`,
  })
  // A connection that breaks (a restart of the server) emits here: the pool for an idle one, the client itself for one in use, beside failing
  // its query. Without both listeners it would end the process.
  pool.on('error', options.onError ?? (() => undefined))
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<T>({ dialect: new PostgresDialect({ pool }) })
}

const openTransaction = new AsyncLocalStorage<true>()

/**
 * Runs `work` in one transaction. The only way in this repository: within it the bus client throws, because a call to another
 * service would hold row locks (and, embedded, the only session) for as long as that service takes.
 */
export function inTransaction<T, R>(
  db: Kysely<T>,
  work: (trx: Transaction<T>) => Promise<R>,
  { isolationLevel, accessMode }: TransactionSettings = {},
): Promise<R> {
  let transaction = db.transaction()
  if (isolationLevel) transaction = transaction.setIsolationLevel(isolationLevel)
  if (accessMode) transaction = transaction.setAccessMode(accessMode)
  return transaction.execute((trx) => openTransaction.run(true, () => work(trx)))
}

export const isInTransaction = () => openTransaction.getStore() === true

/** Whether the database answers; for readiness. */
export async function databaseAnswers<T>(db: Kysely<T>): Promise<boolean> {
  return sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
}
