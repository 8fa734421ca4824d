import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { askableContent } from '../../test/questions.ts'
import { loggedRows } from '../../test/logged.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('who and what, over pages and at past revisions', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, db } = access
  const a = await askableContent(access)
  const { aUser, aGroup, aSpace, aDataSource, write, admin, workspace } = a
  const source = await aDataSource(await aSpace('public'))
  const revisionNow = async () =>
    (
      await db
        .selectFrom('workspaces')
        .select('revision')
        .where('id', '=', workspace.workspaceId)
        .executeTakeFirstOrThrow()
    ).revision

  await t.test('pages stand at the revision of the first, whatever changes meanwhile', async () => {
    const ana = await aUser()
    const group = await aGroup(ana)
    const documents = []
    for (let count = 0; count < 7; count++) documents.push(await write(source, { allow: [group] }))
    const ids = documents.map(({ documentId }) => documentId).toSorted()
    const first = value(await gateway.listReadable({ reader: ana, limit: 3 }, admin()))
    value(await a.leave(group, ana))
    await write(source, { allow: [] }, { documentId: ids[3] ?? '' })
    await write(source, { allow: [ana] })
    value(
      await access.connectors.removeDocuments(
        { dataSourceId: source, documentIds: [ids[4] ?? ''] },
        a.connector(source),
      ),
    )
    const second = value(await gateway.listReadable({ reader: ana, limit: 3, cursor: first.nextCursor ?? '' }, admin()))
    const third = value(await gateway.listReadable({ reader: ana, limit: 3, cursor: second.nextCursor ?? '' }, admin()))
    const listed = [first, second, third].flatMap(({ items }) => items.map(({ documentId }) => documentId))
    assert.deepEqual(listed, ids)
    assert.deepEqual([second.revision, third.revision, third.nextCursor], [first.revision, first.revision, undefined])
    const now = value(await gateway.listReadable({ reader: ana }, admin()))
    assert.equal(now.items.length, 1)
    const then = value(await gateway.listReadable({ reader: ana, atRevision: first.revision }, admin()))
    assert.deepEqual(
      then.items.map(({ documentId }) => documentId),
      ids,
    )
  })

  await t.test('through an agent it is what lies in its scope, through nobody nothing', async () => {
    const ana = await aUser()
    const other = await aDataSource(await aSpace('public'))
    const [here, there] = [await write(source, { allow: [ana] }), await write(other, { allow: [ana] })]
    const listed = async (...actors: string[]) =>
      value(await gateway.listReadable({ reader: ana, actors }, admin())).items.map(({ documentId }) => documentId)
    assert.deepEqual(await listed(), [here.documentId, there.documentId].toSorted())
    assert.deepEqual(await listed(await a.anAgent({ dataSourceIds: [other] })), [there.documentId])
    assert.deepEqual(await listed(await a.anAgent({ active: false })), [])
    assert.deepEqual(await listed(`agent:${newId('agt')}`), [])
  })

  await t.test(
    'unknown and deactivated readers read nothing, and a stale source is left out on every page',
    async () => {
      const [ana, gone] = [await aUser(), await aUser()]
      const aging = await aDataSource(await aSpace('public'), 3_600_000)
      await write(aging, { allow: [ana, gone] })
      value(await access.connectors.confirmFresh({ dataSourceId: aging }, a.connector(aging)))
      const listed = async (reader: string) => value(await gateway.listReadable({ reader }, admin())).items.length
      assert.deepEqual([await listed(ana), await listed(gone)], [1, 1])
      value(await gateway.updateUser({ name: gone, state: 'deactivated' }, admin()))
      assert.deepEqual([await listed(gone), await listed(`user:${newId('usr')}`)], [0, 0])
      await db
        .updateTable('data_source_confirmations')
        .set({ confirmed_at: new Date(Date.now() - 7_200_000) as never })
        .where('data_source_id', '=', aging)
        .execute()
      assert.equal(await listed(ana), 0)
    },
  )

  await t.test('readers of then are listed with the paths of then', async () => {
    const ana = await aUser()
    const group = await aGroup(ana)
    const { documentId } = await write(source, { allow: [group] })
    const atRevision = await revisionNow()
    value(await gateway.deleteGroup({ name: group }, admin()))
    assert.deepEqual(value(await gateway.listReaders({ documentId }, admin())).items, [])
    const then = value(await gateway.listReaders({ documentId, atRevision }, admin()))
    const reasons = [{ code: 'allow', name: group, path: [ana, group] }]
    assert.deepEqual(then.items, [{ reader: ana, view: 'full', reasons }])
    const rows = await loggedRows(db, workspace.workspaceId, { kinds: ['readers'], document: documentId })
    assert.equal(rows.length, 2)
  })

  await t.test('who broke the glass is among the readers, and what it opened among the documents', async () => {
    const [ana, other] = [await aUser({ roles: ['admin'] }), await aUser({ roles: ['admin'] })]
    const closed = await aDataSource(await aSpace())
    const { documentId } = await write(closed, { allow: [] })
    const wanted = { documentId, reason: 'The plant stands still', minutes: 30 }
    const { proposal } = value(await gateway.requestBreakGlass(wanted, workspace.as(ana)))
    value(await gateway.approveProposal({ id: proposal.id, hash: proposal.hash }, workspace.as(other)))
    const { items } = value(await gateway.listReaders({ documentId }, admin()))
    assert.deepEqual(
      items.map(({ reader, reasons }) => [reader, reasons.map(({ code }) => code)]),
      [[ana, ['break-glass']]],
    )
    const readable = value(await gateway.listReadable({ reader: ana }, admin())).items
    assert.deepEqual(
      readable.map((item) => item.documentId),
      [documentId],
    )
    assert.deepEqual((await a.explain({ reader: ana, documentId })).reasons?.[0]?.code, 'break-glass')
  })

  await t.test('a cursor of our own making only, a revision that there is, a document that is known', async () => {
    const ana = await aUser()
    const cursor = Buffer.from('doc_x\u0000soon').toString('base64url')
    const future = (await revisionNow()) + 1
    assert.deepEqual(
      [
        await gateway.listReadable({ reader: ana, cursor }, admin()),
        await gateway.listReadable(
          { reader: ana, cursor: Buffer.from(`\u0000${future}`).toString('base64url') },
          admin(),
        ),
        await gateway.listReadable({ reader: ana, atRevision: future }, admin()),
        await gateway.listReadable({ reader: ana, atTime: '1999-01-01T00:00:00Z' }, admin()),
        await gateway.listReaders({ documentId: newId('doc') }, admin()),
      ].map(codeOf),
      ['invalid', 'future-revision', 'future-revision', 'invalid', 'not-found'].map((code) => `access.${code}`),
    )
  })
})
