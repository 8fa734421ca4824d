import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import pino from 'pino'
import { newReceived, serveAccess, serveRetrieval } from '../../test/receivers.ts'
import { lastFirst, startConnectors, values } from '../../test/start-connectors.ts'
import { createConnectors } from '../app.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { migrateConnectors } from '../migrations.ts'

const sample = join(import.meta.dirname, '../../../../samples/handbook/pages')

test('the sample handbook is taken in whole, and its files are not read again until they change', async (t) => {
  const { replica, root, aFolderSource, sync, received, known } = await startConnectors(t)
  const { db } = await replica()
  await cp(sample, root, { recursive: true })
  const dataSourceId = await aFolderSource()
  const first = await sync(dataSourceId)
  assert.deepEqual([first.state, first.written, first.skipped, first.total], ['done', 317, 0, 317])
  assert.equal(known().size, 317)
  assert.equal(received.directories.get(dataSourceId)?.length, 25)

  // Files as new as these are compared by content at first; later by size and times alone.
  const unsure = async () => {
    await sync(dataSourceId)
    const rows = await db.selectFrom('documents').select('id').where('fingerprint', 'is', null).execute()
    return rows.length
  }
  await eventually(async () => (await unsure()) === 0, { timeoutMs: 10_000 })
  const messages = received.messages.length
  assert.equal((await sync(dataSourceId)).unchanged, 317)
  assert.equal(received.messages.length, messages)
  assert.equal(messages, 634, 'facts and content of each page, once')
})

test('the embedded database does as well', async (t) => {
  const scope = lastFirst(t)
  const pglite = await openPglite({})
  scope.after(() => pglite.close())
  const db = createDatabase<ConnectorsDatabase>({ pglite, schema: 'connectors' })
  await migrateConnectors(db, 'connectors')
  const network = createInProcessNetwork()
  const received = newReceived()
  await serveAccess(network.join('access'), received)
  await serveRetrieval(network.join('retrieval'), received)
  const logger = pino({ level: 'silent' })
  const service = await createConnectors({ bus: network.join('connectors'), db, folderRoots: [sample], logger })
  scope.after(() => service.close())
  assert.deepEqual(await service.notReady(), [])

  const gateway = network.join('gateway')
  const caller = { workspaceId: newId('wsp'), subject: 'user:usr_admin', actors: [], scopes: [] }
  const admin = () => gateway.callFor(caller, { timeoutMs: 10_000 })
  const client = gateway.connectTo(connectorsContract)
  const settings = { root: sample }
  const connection = values(await client.createConnection({ connector: 'folder', title: 'x', settings }, admin()))
  const made = { title: 'x', space: 'space:spc_all', connectionId: connection.id }
  const { dataSource } = values(await client.createDataSource(made, admin()))
  const started = values(await client.startSync({ dataSourceId: dataSource.id }, admin()))
  const sync = await eventually(
    async () => {
      const sync = values(await client.getSync({ dataSourceId: dataSource.id, syncId: started.id }, admin()))
      assert.equal(sync.state, 'done')
      return sync
    },
    { timeoutMs: 15_000 },
  )
  assert.deepEqual([sync.written, sync.seen, sync.total], [317, 317, 317])
  assert.deepEqual(received.violations, [])

  const pushed = values(await client.createDataSource({ title: 'y', space: 'space:spc_all' }, admin())).dataSource.id
  const content = { mediaType: 'text/plain' as const, text: 'text' }
  const put = { dataSourceId: pushed, externalId: 'a', content, access: { allow: ['public'] } }
  const first = values(await client.putDocument(put, admin()))
  assert.deepEqual(values(await client.putDocument(put, admin())), first)
  values(await client.deleteDocument({ dataSourceId: pushed, externalId: 'a' }, admin()))
})
