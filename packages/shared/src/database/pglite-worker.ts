import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

export type PgliteRows<R> = { rows: R[]; affectedRows: number | undefined }

/** An embedded PostgreSQL in a worker thread of its own, so that a long query does not stop the process's other work. */
export type PgliteWorker = {
  query<R>(sql: string, parameters?: readonly unknown[]): Promise<PgliteRows<R>>
  /** Several statements without parameters. */
  exec(sql: string): Promise<void>
  /** The turn at the one session; the returned function ends it. First come, first served. */
  acquireSession(): Promise<() => void>
  /** Sets the session's `search_path` (an already quoted list) unless it is set so. To be called by whoever holds the session. */
  useSearchPath(path: string): Promise<void>
  close(): Promise<void>
}

export type PgliteOptions = {
  /** A directory on disk, made if missing; absent: in memory, gone at the end. */
  dataDir?: string
  /** Extensions to load, by name. */
  extensions?: readonly ('vector' | 'pg_textsearch')[]
}

type Reply = {
  id: number
  rows?: unknown[]
  affectedRows?: number
  error?: { message: string; code?: string; detail?: string; constraint?: string }
}

/**
 * Opens PGlite. On disk it takes a lock file beside the data first: a second process on the same files would corrupt them, so it is refused
 * with the first one's process id.
 */
export async function openPglite(options: PgliteOptions): Promise<PgliteWorker> {
  const unlock = options.dataDir ? lockDirectory(options.dataDir) : () => undefined
  const worker = new Worker(new URL('./pglite-thread.ts', import.meta.url), { workerData: options })
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>()
  let failure: Error | undefined
  let nextId = 1

  const failAll = (error: Error) => {
    failure = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (reply: Reply) => {
    const entry = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (!reply.error) return entry?.resolve(reply)
    entry?.reject(Object.assign(new Error(reply.error.message), reply.error))
  })
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('The embedded database has been closed')))

  const ask = (message: Record<string, unknown>) =>
    new Promise<Reply>((resolve, reject) => {
      if (failure) return reject(failure)
      const id = nextId++
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...message, id })
    })

  let lastTurn = Promise.resolve()
  let searchPath = ''
  try {
    await ask({ kind: 'open' })
  } catch (error) {
    await worker.terminate()
    unlock()
    throw error
  }
  return {
    async query<R>(sql: string, parameters: readonly unknown[] = []) {
      const { rows, affectedRows } = await ask({ kind: 'query', sql, parameters })
      return { rows: (rows ?? []) as R[], affectedRows }
    },
    async exec(sql) {
      await ask({ kind: 'exec', sql })
    },
    async acquireSession() {
      const before = lastTurn
      const turn = Promise.withResolvers<void>()
      lastTurn = turn.promise
      await before
      return turn.resolve
    },
    async useSearchPath(path) {
      if (path === searchPath) return
      await ask({ kind: 'exec', sql: `set search_path to ${path}` })
      searchPath = path
    },
    async close() {
      await ask({ kind: 'close' }).catch(() => undefined)
      await worker.terminate()
      unlock()
    },
  }
}

function lockDirectory(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, '..', `${dataDir.split('/').at(-1)}.lock`)
  for (;;) {
    try {
      const file = openSync(path, 'wx')
      writeSync(file, String(process.pid))
      closeSync(file)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = Number(readFileSync(path, 'utf8'))
      if (owner !== process.pid && isAlive(owner)) {
        throw new Error(
          `Another process (${owner}) uses ${dataDir}. Stop it first; if it is not Tessera, remove ${path}.`,
          { cause: error },
        )
      }
      if (owner === process.pid) throw new Error(`This process has ${dataDir} open already.`, { cause: error })
      rmSync(path, { force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
