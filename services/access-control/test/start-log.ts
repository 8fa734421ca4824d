import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import type { TestScope } from '@tessera/testkit/test-scope'
import { pino } from 'pino'
import type { AccessTables } from '../src/database.ts'
import { createFileSink, parseCheckpoint } from '../src/log/checkpoint-sink.ts'
import { type CheckpointerDeps, startCheckpointer } from '../src/log/checkpointer.ts'
import type { Behind } from '../src/log/compare-with-sink.ts'
import type { LogEntry } from '../src/log/entry.ts'
import { exportLog } from '../src/log/export-log.ts'
import { readSigningKey } from '../src/log/keys.ts'
import { createLogWriter } from '../src/log/writer.ts'
import { migrateAccessControl } from '../src/migrations.ts'
import { type Adapter, newAuditKey } from './start-access-control.ts'

export const newSigningKey = () => readSigningKey(newAuditKey())

/** A decision log on a real database, with one workspace and a sink on disk; without the service around it. */
export async function startLog(t: TestScope, adapter: Adapter = 'postgres') {
  const { db, schema, again } = adapter === 'postgres' ? await onPostgres(t) : await onPglite(t)
  await migrateAccessControl(db, schema)
  const workspaceId = newId('wsp')
  await db.insertInto('workspaces').values({ id: workspaceId, title: 'Acme', revision: 1 }).execute()
  const directory = await mkdtemp(join(tmpdir(), 'tessera-log-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const sink = await createFileSink(directory)
  const key = newSigningKey()
  const log = createLogWriter({ db })
  const behind: Behind[] = []
  const startWith = async (options: Partial<CheckpointerDeps> = {}) => {
    const logger = pino({ level: 'silent' })
    const onBehind = (found: Behind) => void behind.push(found)
    const checkpointer = await startCheckpointer({ db, key, sink, log, logger, onBehind, ...options })
    t.after(() => checkpointer.close().catch(() => undefined))
    return checkpointer
  }
  /** A search about these documents. */
  const entry = (fields: Partial<LogEntry> = {}): LogEntry => ({
    workspaceId,
    kind: 'passages',
    operation: 'search',
    subject: 'user:ana',
    actors: ['agent:helper'],
    revision: 1,
    purpose: 'ask',
    documents: [aDocument()],
    ...fields,
  })
  const exportText = async () => (await Array.fromAsync(exportLog(db, workspaceId))).join('')
  const keptCheckpoints = async () =>
    (await readFile(join(directory, `${workspaceId}.ndjson`), 'utf8'))
      .split('\n')
      .flatMap((line) => parseCheckpoint(line) ?? [])
  return {
    db,
    schema,
    again,
    workspaceId,
    directory,
    sink,
    key,
    log,
    behind,
    startWith,
    entry,
    exportText,
    keptCheckpoints,
  }
}

export const aDocument = (documentId: string = newId('doc')) => ({
  documentId,
  passages: [newId('psg'), newId('psg')],
  decision: 'allowed' as const,
  view: 'full',
  reasons: ['allow'],
})

/** `again` is the same database through another pool, as another replica has it. */
async function onPostgres(t: TestScope) {
  const { url, schema } = await database(t, 'access')
  const again = () => {
    const db = createDatabase<AccessTables>({ url, schema })
    t.after(() => db.destroy())
    return db
  }
  return { db: again(), schema, again }
}

async function onPglite(t: TestScope) {
  const pglite = await openPglite({})
  t.after(() => pglite.close())
  const schema = 'access'
  const again = () => createDatabase<AccessTables>({ pglite, schema })
  return { db: again(), schema, again }
}
