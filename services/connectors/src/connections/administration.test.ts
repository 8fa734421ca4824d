import assert from 'node:assert/strict'
import { mkdir, rmdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { codeOf, folder, startConnectors, values, write } from '../../test/start-connectors.ts'

test('connections and data sources are for admins alone', async (t) => {
  const { replica, client, callAs, root, aFolderSource } = await startConnectors(t)
  await replica()
  const dataSourceId = await aFolderSource()
  for (const [subject, code] of [
    ['user:usr_member', 'access.forbidden'],
    ['user:usr_gone', 'access.deactivated'],
  ] as const) {
    const call = callAs(subject)
    const refused = [
      await client.createConnection({ connector: 'folder', title: 'x', settings: { root } }, call),
      await client.listConnections({}, call),
      await client.createDataSource({ title: 'x', space: 'space:spc_all' }, call),
      await client.listDataSources({}, call),
      await client.getDataSource({ dataSourceId }, call),
      await client.startSync({ dataSourceId }, call),
      await client.getSync({ dataSourceId, syncId: newId('syn') }, call),
      await client.listSyncs({ dataSourceId }, call),
    ]
    assert.deepEqual([...new Set(refused.map(codeOf))], [code])
  }
})

test("another workspace's connection, data source and sync are not found", async (t) => {
  const { replica, client, callAs, admin, aFolderSource, sync } = await startConnectors(t)
  await replica()
  const dataSourceId = await aFolderSource()
  const { id: syncId } = await sync(dataSourceId)
  const { items } = values(await client.listConnections({}, admin()))
  const foreign = () => callAs('user:usr_admin', [], 10_000, newId('wsp'))
  const connectionId = items[0]?.id ?? ''
  const refused = [
    await client.createDataSource({ title: 'x', space: 'space:spc_all', connectionId }, foreign()),
    await client.getDataSource({ dataSourceId }, foreign()),
    await client.startSync({ dataSourceId }, foreign()),
    await client.getSync({ dataSourceId, syncId }, foreign()),
    await client.listSyncs({ dataSourceId }, foreign()),
  ]
  assert.deepEqual([...new Set(refused.map(codeOf))], ['connectors.not-found'])
  assert.deepEqual(values(await client.listConnections({}, foreign())).items, [])
  assert.deepEqual(values(await client.listDataSources({}, foreign())).items, [])
})

test('a folder outside of the allowed roots is refused, also through a symlink or "..", and nothing is told of it', async (t) => {
  const { replica, client, admin, root } = await startConnectors(t)
  await replica()
  const outside = await folder(t)
  await mkdir(join(root, 'inner'))
  await symlink(outside, join(root, 'out'))
  const connect = (path: string) =>
    client.createConnection({ connector: 'folder', title: 'x', settings: { root: path } }, admin())
  for (const path of [outside, join(outside, 'missing'), '/', `${root}/../`, `${root}x`, join(root, 'out')]) {
    const refused = await connect(path)
    assert.ok(!refused.ok, path)
    assert.equal(refused.fault.code, 'connectors.invalid')
    assert.deepEqual(refused.fault.errors, [
      { field: '/settings/root', rule: 'is not under a folder that the operator allows (FOLDER_ROOTS)' },
    ])
  }
  for (const path of [join(root, 'missing'), 'relative/path'])
    assert.equal(codeOf(await connect(path)), 'connectors.invalid')
  assert.equal(codeOf(await connect(join(root, 'inner'))), undefined)
})

test('a folder that was exchanged for a symlink out of the roots is not read', async (t) => {
  const { replica, root, aFolderSource, sync, received } = await startConnectors(t)
  await replica()
  const outside = await folder(t)
  await write(outside, { 'access.yaml': 'version: 1\nrules: []\n', 'a.md': 'outside' })
  await mkdir(join(root, 'inner'))
  const dataSourceId = await aFolderSource(join(root, 'inner'))
  await rmdir(join(root, 'inner'))
  await symlink(outside, join(root, 'inner'))
  assert.equal((await sync(dataSourceId)).fault?.code, 'connectors.source-unreadable')
  assert.equal(received.content.size, 0)
})

test('an unknown space makes no data source', async (t) => {
  const { replica, client, admin } = await startConnectors(t)
  await replica()
  const made = await client.createDataSource({ title: 'x', space: 'space:spc_missing' }, admin())
  assert.equal(codeOf(made), 'connectors.not-found')
  assert.deepEqual(values(await client.listDataSources({}, admin())).items, [])
})

test('lists are paged in order without a gap', async (t) => {
  const { replica, client, admin, aPushSource } = await startConnectors(t)
  await replica()
  const ids = []
  for (let count = 0; count < 5; count++) ids.push(await aPushSource())
  const listed: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = values(await client.listDataSources({ limit: 2, ...(cursor ? { cursor } : {}) }, admin()))
    listed.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  assert.deepEqual(listed, ids)
})
