import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import { queryTerms } from '../../words/query-terms.ts'
import { type IndexRow, IndexUnavailable } from '../search-index.ts'
import { searchIndexConformance } from '../search-index.conformance.ts'
import { createPgliteIndex } from './pglite-index.ts'
import { vectorStatement, wordsStatement } from './query.ts'
import { tablesOf } from './tables.ts'

// One instance for the file: each test has workspaces of its own, and opening one takes a second.
const shared = await openPglite({ extensions: ['vector', 'pg_textsearch'] })
after(() => shared.close())

searchIndexConformance(async () => createPgliteIndex({ pglite: shared }))

const filter: ReaderFilter = {
  names: [['user:ana', ...Array.from({ length: 1000 }, (_, i) => `group:${i}`)]],
  pairs: ['s/full'],
  agents: ['agent:a'],
  scopes: [{ kind: 'selected', spaces: ['space:1'] }],
  exceptDocumentIds: ['doc_x'],
  breakGlass: { documentIds: [], spaces: [], pairs: [] },
  revision: 1,
}
const row = (passageId: string, allow: string, text: string): IndexRow => ({
  passageId,
  documentId: 'doc_1',
  dataSourceId: 'src_1',
  contentVersion: 'ver_1',
  view: 'full',
  hash: 'h',
  title: 'A page',
  headings: [],
  text,
  authors: [],
  allow: [allow],
  deny: [],
  denyAgents: [],
  pairs: ['s/full'],
  space: 'space:1',
  revision: 1,
})

test('the ranking is read from the BM25 index down, however few rows a reader may see', async () => {
  const index = createPgliteIndex({ pglite: shared })
  const workspaceId = newId('wsp')
  const { name } = await index.make(workspaceId, 'live', undefined)
  const rows = Array.from({ length: 3000 }, (_, i) =>
    row(`p${i}`, `group:${i % 400}`, `vacation rule ${i % 7} for team ${i}`),
  )
  await index.put(workspaceId, rows)
  const tables = tablesOf(name)
  await shared.exec(`analyze ${tables.rows}; analyze ${tables.accessSets}`)
  const { sql, parameters } = wordsStatement(tables, { limit: 20, filter }, queryTerms('vacation rule'))
  const plan = await shared.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters)
  const text = plan.rows.map((line) => line['QUERY PLAN']).join('\n')
  assert.match(text, /Index Scan using "?words_/, text)
  assert.doesNotMatch(text, /Seq Scan on "?rows_/, text)
  const vectors = vectorStatement(tables, { limit: 20, filter }, { phrases: [] }, { vector: Float32Array.of(1) })
  await shared.query(`explain ${vectors.sql}`, vectors.parameters)
})

test('rows outlive the process, and the rows after a restart are found too', async (t) => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'tessera-')), 'search')
  t.after(() => rmSync(join(dataDir, '..'), { recursive: true }))
  const workspaceId = newId('wsp')
  for (const [round, id] of ['first', 'second'].entries()) {
    const pglite = await openPglite({ dataDir, extensions: ['vector', 'pg_textsearch'] })
    const index = createPgliteIndex({ pglite })
    const before = await index.look(workspaceId)
    assert.equal(before.live !== undefined, round > 0)
    await index.make(workspaceId, 'live', undefined)
    await index.put(workspaceId, [row(id, 'user:ana', 'vacation')])
    const { byWords } = await index.find(workspaceId, { words: 'vacation', limit: 5, filter })
    assert.deepEqual(
      byWords.map((hit) => hit.passageId),
      ['first', 'second'].slice(0, round + 1),
    )
    await pglite.close()
    await assert.rejects(index.find(workspaceId, { words: 'vacation', limit: 5, filter }), IndexUnavailable)
  }
})
