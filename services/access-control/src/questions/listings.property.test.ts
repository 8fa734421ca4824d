import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reason } from '@tessera/shared/contracts/access-control/questions'
import fc from 'fast-check'
import { buildSmall, type BuiltSmall, smallWorlds, viewKey, viewsNow } from '../../test/small-worlds.ts'
import { type AccessControl, startAccessControl, value } from '../../test/start-access-control.ts'

const WORLDS = 10

test('who is listed, what is listed, and what is answered one by one are the same, in any world', async (t) => {
  const access = await startAccessControl(t)
  const property = fc.asyncProperty(smallWorlds, async (world) => {
    const built = await buildSmall(access, world)
    const views = await viewsNow(access, built)
    for (const { documentId, passageId } of built.documents) {
      const allowed = built.people.filter((reader) => views.get(viewKey(reader, documentId, 'itself')) !== 'none')
      const listed = await readersOf(access, built, { documentId })
      assert.deepEqual(
        listed.map(({ reader }) => reader).filter((reader) => built.people.includes(reader)),
        allowed.toSorted(),
      )
      const ofPassage = await readersOf(access, built, { documentId, passageId })
      assert.deepEqual(
        ofPassage.filter(({ reader }) => built.people.includes(reader)).map(({ reader, view }) => [reader, view]),
        built.people
          .toSorted()
          .map((reader) => [reader, views.get(viewKey(reader, documentId, passageId))])
          .filter(([, view]) => view !== 'none'),
      )
      for (const { reader, reasons } of ofPassage.slice(0, 2)) {
        const explained = await built.explain({ reader, documentId, passageId })
        assert.deepEqual(reasons, explained.reasons?.map(withoutLayers))
      }
    }
    for (const reader of built.people) {
      const expected = built.documents.filter(
        ({ documentId }) => views.get(viewKey(reader, documentId, 'itself')) !== 'none',
      )
      assert.deepEqual(
        await documentsOf(access, built, reader),
        expected.map(({ documentId }) => documentId).toSorted(),
      )
    }
  })
  await fc.assert(property, { numRuns: WORLDS, endOnFailure: true })
})

/** Where each stands in the lists of a document is told by explain alone. */
function withoutLayers(reason: Reason): Omit<Reason, 'layers'> {
  const { layers: _, ...told } = reason
  return told
}

async function readersOf(
  access: AccessControl,
  { admin }: BuiltSmall,
  about: { documentId: string; passageId?: string },
) {
  const found: { reader: string; view: string; reasons: object[] }[] = []
  let cursor: string | undefined
  do {
    const page = value(await access.gateway.listReaders({ ...about, limit: 2, ...(cursor ? { cursor } : {}) }, admin()))
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return found
}

async function documentsOf(access: AccessControl, { admin }: BuiltSmall, reader: string) {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = value(await access.gateway.listReadable({ reader, limit: 2, ...(cursor ? { cursor } : {}) }, admin()))
    found.push(...page.items.map(({ documentId }) => documentId))
    cursor = page.nextCursor
  } while (cursor)
  return found
}
