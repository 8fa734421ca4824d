import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { quoteIdentifier } from './quote-identifier.ts'
import type { PgliteWorker } from './pglite-worker.ts'

/**
 * Kysely over PGlite. PGlite has one session, so whoever holds the connection (for one query, or for a transaction) holds the database;
 * the others queue. The session's `search_path` follows the service whose turn it is.
 */
export class PgliteDialect implements Dialect {
  readonly #worker: PgliteWorker
  readonly #schema: string

  constructor(worker: PgliteWorker, schema: string) {
    this.#worker = worker
    this.#schema = schema
  }

  createDriver = (): Driver => new PgliteDriver(this.#worker, this.#schema)
  createQueryCompiler = () => new PostgresQueryCompiler()
  createAdapter = () => new PostgresAdapter()
  createIntrospector = <T>(db: Kysely<T>) => new PostgresIntrospector(db)
}

/** Rows written before the planner is told of them, and the share of all that were written so far on top: as autovacuum has it, which PGlite lacks. */
const unplannedRows = 1000
const unplannedShare = 0.1

class PgliteDriver implements Driver {
  readonly #worker: PgliteWorker
  readonly #schema: string
  #release: (() => void) | undefined
  #written = 0
  #planned = 0

  constructor(worker: PgliteWorker, schema: string) {
    this.#worker = worker
    this.#schema = schema
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const release = await this.#worker.acquireSession()
    try {
      await this.#worker.useSearchPath(quoteIdentifier(this.#schema))
    } catch (error) {
      release()
      throw error
    }
    this.#release = release
    return new PgliteConnection(this.#worker, (rows) => (this.#written += rows))
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : ''
    const mode = settings.accessMode ? ` ${settings.accessMode}` : ''
    await connection.executeQuery(CompiledQuery.raw(`begin${level}${mode}`))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async releaseConnection(): Promise<void> {
    try {
      await this.#analyze()
    } finally {
      this.#release?.()
    }
  }

  async #analyze(): Promise<void> {
    if (this.#written - this.#planned < unplannedRows + unplannedShare * this.#planned) return
    this.#planned = this.#written
    await this.#worker.exec('analyze')
  }

  async destroy(): Promise<void> {}
}

class PgliteConnection implements DatabaseConnection {
  readonly #worker: PgliteWorker
  readonly #onWritten: (rows: number) => void

  constructor(worker: PgliteWorker, onWritten: (rows: number) => void) {
    this.#worker = worker
    this.#onWritten = onWritten
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.#worker.query<R>(query.sql, query.parameters)
    this.#onWritten(affectedRows ?? 0)
    return affectedRows === undefined ? { rows } : { rows, numAffectedRows: BigInt(affectedRows) }
  }

  // PGlite hands out whole results; nothing in this repository streams rows.
  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The embedded database does not stream rows')
  }
}
