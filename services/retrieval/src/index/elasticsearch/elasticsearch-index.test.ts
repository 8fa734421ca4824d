import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import { newId } from '@tessera/shared/ids/ids'
import { search } from '@tessera/testkit/search'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import { IndexUnavailable } from '../search-index.ts'
import { searchIndexConformance } from '../search-index.conformance.ts'
import { createElasticsearchIndex } from './elasticsearch-index.ts'
import { indexDefinition } from './index-definition.ts'
import { aliasOf } from './indexes.ts'

searchIndexConformance(async (t) => {
  const index = createElasticsearchIndex(await search(t))
  t.after(() => index.close())
  return index
})

const filter: ReaderFilter = {
  names: [['public']],
  pairs: ['s/full'],
  agents: [],
  scopes: [],
  exceptDocumentIds: [],
  breakGlass: { documentIds: [], spaces: [], pairs: [] },
  revision: 1,
}

test('a server that is cut off or silent is an outage, never an empty answer', async (t) => {
  const { url, prefix } = await search(t)
  const proxy = await tcpProxy(t, { host: new URL(url).hostname, port: Number(new URL(url).port) })
  const index = createElasticsearchIndex({ url: `http://127.0.0.1:${proxy.port}`, prefix })
  t.after(() => index.close())
  const workspaceId = newId('wsp')
  await index.make(workspaceId, 'live', undefined)
  const find = (timeoutMs = 10_000) => index.find(workspaceId, { words: 'vacation', limit: 1, filter }, { timeoutMs })
  assert.deepEqual(await find(), { byWords: [], byVector: [] })
  proxy.cut()
  await assert.rejects(find(), IndexUnavailable)
  assert.equal(await index.answers(), false)
  proxy.restore()
  assert.deepEqual(await find(), { byWords: [], byVector: [] })
  proxy.stall()
  await assert.rejects(find(300), IndexUnavailable)
  proxy.restore()
  assert.deepEqual(await find(), { byWords: [], byVector: [] })
})

test('an index whose rows are on no node (red) is an outage to all who ask it, never an empty answer', async (t) => {
  const { url, prefix } = await search(t)
  const index = createElasticsearchIndex({ url, prefix })
  t.after(() => index.close())
  const workspaceId = newId('wsp')
  const alias = aliasOf(prefix, workspaceId)
  const { settings, mappings } = indexDefinition
  const made = await fetch(`${url}/${alias}-red?wait_for_active_shards=0`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      settings: { ...settings, 'index.routing.allocation.require._name': 'nowhere' },
      mappings,
      aliases: { [alias]: { is_write_index: true } },
    }),
  })
  assert.equal(made.status, 200)
  assert.equal((await index.look(workspaceId)).live?.name, `${alias}-red`, 'it is not lost')
  for (const strict of [false, true]) {
    await assert.rejects(index.find(workspaceId, { words: 'vacation', limit: 1, filter, strict }), IndexUnavailable)
  }
  await assert.rejects(index.count(workspaceId), IndexUnavailable)
  await assert.rejects(Array.fromAsync(index.list(workspaceId, 'live')), IndexUnavailable)
})
