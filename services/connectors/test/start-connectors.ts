import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import assert from 'node:assert/strict'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import type { Bus } from '@tessera/shared/bus/bus'
import { connectorsContract, type Sync } from '@tessera/shared/contracts/connectors'
import { createDatabase } from '@tessera/shared/database/database'
import type { Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import type { TestScope } from '@tessera/testkit/test-scope'
import pino from 'pino'
import { createConnectors } from '../src/app.ts'
import type { ConnectorsDatabase } from '../src/database.ts'
import { migrateConnectors } from '../src/migrations.ts'
import type { ConnectorsOptions } from '../src/options.ts'
import type { SyncBoundary } from '../src/syncs/sync-context.ts'
import { newReceived, serveAccess, serveRetrieval } from './receivers.ts'

export const values = <T>(result: Result<T>): T => {
  assert.ok(result.ok, result.ok ? '' : `${result.fault.code}: ${result.fault.detail}`)
  return result.value
}

/** The code of the fault, or nothing. */
export const codeOf = (result: Result<unknown>) => (result.ok ? undefined : result.fault.code)

/** Short waits, so that a test meets in milliseconds what takes minutes in production. */
export const quick: Partial<ConnectorsOptions> = { pollMs: 20, backoffMs: 20, maxBackoffMs: 100, leaseMs: 3000 }

/** A directory of the test's own, as a real path. */
export async function folder(t: TestScope): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'tessera-folder-')))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

export async function write(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

/** The connectors over a real PostgreSQL, with an access-control and a retrieval that keep what they are told. */
export async function startConnectors(t: TestScope, options: Partial<ConnectorsOptions> = {}) {
  const scope = lastFirst(t)
  return startOn(scope, await database(scope, 'connectors'), options)
}

/** Cleans up in reverse: the schema is dropped when nobody uses it any more. */
export function lastFirst(t: TestScope): TestScope {
  const cleanUps: (() => void | Promise<void>)[] = []
  t.after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })
  return { after: (cleanUp) => void cleanUps.push(cleanUp) }
}

export async function startOn(
  t: TestScope,
  { url, schema, migrateUrl = url }: { url: string; schema: string; migrateUrl?: string },
  options: Partial<ConnectorsOptions> = {},
) {
  const migrating = createDatabase<ConnectorsDatabase>({ url: migrateUrl, schema })
  try {
    await migrateConnectors(migrating, schema)
  } finally {
    await migrating.destroy()
  }
  const root = await folder(t)
  const received = newReceived()
  const network = createInProcessNetwork()
  const buses: Bus[] = []
  const join = (service: Parameters<typeof network.join>[0]) => {
    const bus = network.join(service)
    buses.push(bus)
    return bus
  }
  let accessBus = join('access')
  let retrievalBus = join('retrieval')
  await serveAccess(accessBus, received)
  await serveRetrieval(retrievalBus, received)

  /** One replica. `kill` ends it as a power cut would: it writes nothing more and gives nothing back. */
  const replica = async (onSyncBoundary?: (name: SyncBoundary) => Promise<void>) => {
    const db = createDatabase<ConnectorsDatabase>({ url, schema, poolSize: 4 })
    const bus = join('connectors')
    const service = await createConnectors({
      bus,
      db,
      folderRoots: [root],
      logger: pino({ level: 'silent' }),
      options: { ...quick, ...options },
      ...(onSyncBoundary ? { onSyncBoundary } : {}),
    })
    let ended: Promise<void> | undefined
    const kill = () =>
      (ended ??= (async () => {
        await bus.close({ graceMs: 0 })
        await db.destroy()
        void service.close()
      })())
    const close = () =>
      (ended ??= (async () => {
        await service.close()
        await bus.close({ graceMs: 1000 })
        await db.destroy()
      })())
    t.after(close)
    return { db, service, kill, close }
  }

  const gateway = join('gateway')
  t.after(async () => {
    await Promise.all([gateway, accessBus, retrievalBus].map((bus) => bus.close({ graceMs: 0 })))
  })
  const workspaceId = newId('wsp')
  const callAs = (subject: string, scopes: string[] = [], timeoutMs = 10_000, workspace: string = workspaceId) =>
    gateway.callFor({ workspaceId: workspace, subject, actors: [], scopes }, { timeoutMs })
  const admin = () => callAs('user:usr_admin')
  const client = gateway.connectTo(connectorsContract)

  const aFolderSource = async (path = root) => {
    const input = { connector: 'folder' as const, title: 'Pages', settings: { root: path } }
    const { id: connectionId } = values(await client.createConnection(input, admin()))
    const made = await client.createDataSource({ title: 'Pages', space: 'space:spc_all', connectionId }, admin())
    return values(made).dataSource.id
  }
  const aPushSource = async () =>
    values(await client.createDataSource({ title: 'Pushed', space: 'space:spc_all' }, admin())).dataSource.id
  const ended = (dataSourceId: string, syncId: string) =>
    eventually(
      async (): Promise<Sync> => {
        const sync = values(await client.getSync({ dataSourceId, syncId }, admin()))
        assert.notEqual(sync.state, 'running')
        return sync
      },
      { timeoutMs: 15_000 },
    )
  const sync = async (dataSourceId: string) => {
    const { id } = values(await client.startSync({ dataSourceId }, admin()))
    return ended(dataSourceId, id)
  }
  /** What the receivers know, by external id. */
  const known = () => new Map([...received.content.values()].map((content) => [content.externalId, content] as const))
  const factsAt = (externalId: string) => received.facts.get(known().get(externalId)?.documentId ?? '')

  return {
    url,
    schema,
    root,
    received,
    client,
    callAs,
    admin,
    workspaceId,
    replica,
    aFolderSource,
    aPushSource,
    sync,
    ended,
    known,
    factsAt,
    stopAccess: async () => {
      await accessBus.close({ graceMs: 0 })
    },
    startAccess: async () => {
      accessBus = join('access')
      await serveAccess(accessBus, received)
    },
    stopRetrieval: async () => {
      await retrievalBus.close({ graceMs: 0 })
    },
    startRetrieval: async () => {
      retrievalBus = join('retrieval')
      await serveRetrieval(retrievalBus, received)
    },
  }
}
