import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTransaction } from '@tessera/shared/database/database'
import { askableContent } from '../../test/questions.ts'
import { startAccessControl } from '../../test/start-access-control.ts'
import { loadFacts } from './load-facts.ts'
import { rememberFacts } from './remembered-facts.ts'

test('what is remembered is what would be read, whichever part of it was asked for before', async (t) => {
  const { db, content, workspaceId, ana } = await start(t)
  const documents = await Promise.all(
    Array.from({ length: 6 }, (_, at) => content.write(content.source, { allow: at % 2 ? [ana] : ['public'] })),
  )
  const ids = documents.map(({ documentId }) => documentId)
  const { load } = rememberFacts()
  const halves = [ids.slice(0, 3), ids.slice(2, 5), ids, ids.toReversed(), ids.slice(1, 2)]
  for (const documentIds of halves) {
    const question = { workspaceId, readers: [ana], actors: [], documentIds }
    const [remembered, read] = [await load(db, question), await loadFacts(db, question)]
    const sorted = (facts: typeof read) => [...(facts?.documents ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
    assert.deepEqual(sorted(remembered), sorted(read))
    assert.deepEqual(remembered?.readers, read?.readers)
    assert.deepEqual([remembered?.revision, remembered?.stopped], [read?.revision, read?.stopped])
  }
})

test('what a transaction sees is not remembered: it may be rolled back', async (t) => {
  const { db, content, workspaceId, ana } = await start(t)
  const { documentId } = await content.write(content.source, { allow: [ana] })
  const { load } = rememberFacts()
  const question = { workspaceId, readers: [ana], actors: [], documentIds: [documentId] }
  await load(db, question)
  const within = inTransaction(db, async (trx) => {
    await trx.updateTable('documents').set({ index_rev: 1_000_000 }).where('document_id', '=', documentId).execute()
    await trx.updateTable('document_facts').set({ allow: [] }).where('document_id', '=', documentId).execute()
    assert.deepEqual((await load(trx, question))?.documents.get(documentId)?.allow, [])
    throw new Error('rolled back')
  })
  await assert.rejects(within, /rolled back/)
  assert.deepEqual((await load(db, question))?.documents.get(documentId)?.allow, [ana])
})

test('a workspace that fell behind what was seen of it is forgotten, though its numbers are the same', async (t) => {
  const { db, content, workspaceId, ana } = await start(t)
  const { documentId } = await content.write(content.source, { allow: [ana] })
  const { load } = rememberFacts()
  const question = { workspaceId, readers: [ana], actors: [], documentIds: [documentId] }
  await load(db, question)
  // As a backup would: an earlier revision, and another fact under the number that was seen.
  await db.updateTable('workspaces').set({ revision: 1 }).where('id', '=', workspaceId).execute()
  await db.updateTable('document_facts').set({ allow: [] }).where('document_id', '=', documentId).execute()
  assert.deepEqual((await load(db, question))?.documents.get(documentId)?.allow, [])
  assert.deepEqual((await load(db, question))?.documents.get(documentId)?.allow, [])
})

async function start(t: Parameters<typeof startAccessControl>[0]) {
  const access = await startAccessControl(t)
  const asked = await askableContent(access)
  const source = await asked.aDataSource(await asked.aSpace('public'))
  const content = { ...asked, source }
  return { db: access.db, content, workspaceId: asked.workspace.workspaceId, ana: await asked.aUser() }
}
