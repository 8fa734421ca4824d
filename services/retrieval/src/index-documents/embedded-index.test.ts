import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { createPgliteIndex } from '../index/pglite/pglite-index.ts'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('the embedded index serves as Elasticsearch does', async (t) => {
  const pglite = await openPglite({ extensions: ['vector', 'pg_textsearch'] })
  t.after(() => pglite.close())
  const { put, found, access } = await startRetrieval(t, { index: createPgliteIndex({ pglite }) })
  const { documentId } = await put('# Holidays\n\n25 days of vacation')
  assert.deepEqual(await found('user:ana', 'vacations'), ['25 days of vacation'])
  const revoked = await access.put(documentId, { allow: ['user:ben'] })
  assert.deepEqual(await found('user:ana', 'vacations'), [])
  assert.deepEqual(await found('user:ben', 'vacations', { atLeast: revoked }), ['25 days of vacation'])
})
