import { parentPort, workerData } from 'node:worker_threads'
import { type Extension, PGlite, types } from '@electric-sql/pglite'
import type { PgliteOptions } from './pglite-worker.ts'

type Request =
  | { id: number; kind: 'open' | 'close' }
  | { id: number; kind: 'exec'; sql: string }
  | { id: number; kind: 'query'; sql: string; parameters: readonly unknown[] }

const options = workerData as PgliteOptions
const port = parentPort
if (!port) throw new Error('pglite-thread.ts runs in a worker thread only')

let db: PGlite | undefined
const opened = () => {
  if (!db) throw new Error('The embedded database is not open')
  return db
}

async function open() {
  const extensions: Record<string, Extension> = {}
  for (const name of options.extensions ?? []) extensions[name] = await loadExtension(name)
  db = await PGlite.create({
    ...(options.dataDir ? { dataDir: options.dataDir } : {}),
    extensions,
    parsers: { [types.INT8]: Number },
  })
}

async function loadExtension(name: 'vector' | 'pg_textsearch'): Promise<Extension> {
  if (name === 'vector') return (await import('@electric-sql/pglite-pgvector')).vector
  return (await import('@electric-sql/pglite-pg_textsearch')).pg_textsearch
}

async function answer(request: Request) {
  switch (request.kind) {
    case 'open':
      await open()
      return {}
    case 'close':
      await db?.close()
      return {}
    case 'exec':
      await opened().exec(request.sql)
      return {}
    case 'query': {
      const { rows, affectedRows } = await opened().query(request.sql, [...request.parameters])
      return { rows, affectedRows }
    }
  }
}

port.on('message', (request: Request) => {
  answer(request).then(
    (reply) => port.postMessage({ id: request.id, ...reply }),
    (error: Error & { code?: string; detail?: string; constraint?: string }) =>
      port.postMessage({
        id: request.id,
        error: { message: error.message, code: error.code, detail: error.detail, constraint: error.constraint },
      }),
  )
})
