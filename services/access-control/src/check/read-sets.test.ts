import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf, type Written } from '../../test/content.ts'
import { loggedRows } from '../../test/logged.ts'
import { startAccessControl, value } from '../../test/start-access-control.ts'

test('what was written from documents opens by their facts', async (t) => {
  const access = await startAccessControl(t)
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const opens = async (reader: string, ...documents: (Written & { passageId?: string })[]) => {
      const entries = documents.map((document) => ({
        passageId: newId('psg'),
        ...document,
        view: 'full' as const,
        labels: [],
      }))
      const asked = await access.agents.checkReadSets({ items: [{ id: 'answer', entries }] }, workspace.as(reader))
      return value(asked).openable.includes('answer')
    }
    const people = [await content.aUser(), await content.aUser()] as const
    const space = await content.aSpace(...people)
    return { workspace, ...content, opens, people, space, source: await content.aDataSource(space) }
  }

  await t.test('an answer opens only to who reads every document of its read set now', async () => {
    const { people, source, write, opens, workspace } = await start()
    const [ana, ben] = people
    const [both, hers] = [await write(source, { allow: [ana, ben] }), await write(source, { allow: [ana] })]
    assert.deepEqual(
      [await opens(ana, both, hers), await opens(ben, both, hers), await opens(ben, both)],
      [true, false, true],
    )
    assert.equal(await opens(ana), true)
    assert.equal(await opens(ana, both, { documentId: newId('doc'), contentVersion: newId('ver') }), false)
    const items = [
      { id: 'a', entries: [{ ...both, passageId: newId('psg'), view: 'full' as const, labels: [] }] },
      { id: 'b', entries: [{ ...hers, passageId: newId('psg'), view: 'full' as const, labels: [] }] },
    ]
    assert.deepEqual(value(await access.agents.checkReadSets({ items }, workspace.as(ben))).openable, ['a'])
  })

  await t.test('a revocation reaches old answers', async () => {
    const { people, source, write, opens } = await start()
    const [ana] = people
    const document = await write(source, { allow: [ana] })
    await write(source, { allow: [] }, document)
    assert.equal(await opens(ana, document), false)
  })

  await t.test('publishing a cleaned version does not publish answers made from the old one', async () => {
    const { people, source, write, opens } = await start()
    const [ana, ben] = people
    const old = await write(source, { allow: [ana] })
    const cleaned = await write(source, { allow: [ana, ben] }, { documentId: old.documentId })
    assert.deepEqual([await opens(ana, old), await opens(ben, old), await opens(ben, cleaned)], [true, false, true])
  })

  await t.test('the lists that count are those which stood when the old version last was current', async () => {
    const { people, source, write, opens } = await start()
    const [ana, ben] = people
    const old = await write(source, { allow: [ana] })
    await write(source, { allow: [ana, ben], deny: ['group:grp_never'] }, old)
    await write(source, { allow: [ana, ben] }, { documentId: old.documentId })
    assert.equal(await opens(ben, old), true)
    // Current once more, then closed to Ben, then replaced: now its last lists are the closed ones.
    await write(source, { allow: [ana] }, old)
    await write(source, { allow: [ana, ben] }, { documentId: old.documentId })
    assert.deepEqual([await opens(ana, old), await opens(ben, old)], [true, false])
  })

  await t.test('old lists are read with the memberships of today', async () => {
    const { workspace, people, source, write, opens, aGroup } = await start()
    const [ana, ben] = people
    const group = await aGroup(ana)
    const old = await write(source, { allow: [group] })
    await write(source, { allow: ['public'] }, { documentId: old.documentId })
    assert.deepEqual([await opens(ana, old), await opens(ben, old)], [true, false])
    value(await access.gateway.removeMembership({ container: group, member: ana }, workspace.asAdmin()))
    value(await access.gateway.addMembership({ container: group, member: ben }, workspace.asAdmin()))
    assert.deepEqual([await opens(ana, old), await opens(ben, old)], [false, true])
  })

  await t.test('gates of then count as well', async () => {
    const { people, source, write, opens, aSpace } = await start()
    const [ana, ben] = people
    const gate = await aSpace(ana)
    const gated = await write(source, { allow: ['public'], gates: [gate] })
    await write(source, { allow: ['public'] }, { documentId: gated.documentId })
    assert.deepEqual([await opens(ana, gated), await opens(ben, gated)], [true, false])
  })

  await t.test('an answer made from a version that lay in a closed space stays closed after the move', async () => {
    const { workspace, people, write, opens, aSpace, aDataSource } = await start()
    const [ana, ben] = people
    const source = await aDataSource(await aSpace(ana))
    const old = await write(source, { allow: ['public'] })
    const current = await write(source, { allow: ['public'] }, { documentId: old.documentId })
    value(
      await access.connectors.putDataSource(
        { dataSourceId: source, space: await aSpace(ana, ben) },
        workspace.asAdmin(),
      ),
    )
    assert.deepEqual([await opens(ana, old), await opens(ben, old), await opens(ben, current)], [true, false, true])
  })

  await t.test(
    'a label that was put on after the answer was made counts, whatever the next version carries',
    async () => {
      const { workspace, people, source, write, opens, aLabel, putPassages, served } = await start()
      const [ana, ben] = people
      await aLabel('salary')
      value(await access.gateway.setClearances({ principal: ana, clearances: ['hr'] }, workspace.asAdmin()))
      const old = await write(source, { allow: [ana, ben] })
      const passageId = newId('psg')
      const entry = { ...old, passageId }
      assert.deepEqual([await opens(ana, entry), await opens(ben, entry)], [true, true])
      value(await putPassages(old, [{ passageId, sourceLabels: ['salary'] }]))
      assert.deepEqual([await opens(ana, entry), await opens(ben, entry)], [true, false])
      const cleaned = await write(source, { allow: [ana, ben] }, { documentId: old.documentId })
      value(await putPassages(cleaned, [{ passageId }]))
      assert.equal((await served(ben, [{ ...cleaned, passageId }])).length, 1)
      assert.deepEqual([await opens(ana, entry), await opens(ben, entry)], [true, false])
    },
  )

  await t.test('what was masked for other labels than those of now shows what the new ones hide', async () => {
    const { workspace, people, source, write, aLabel, putPassages } = await start()
    const [ana, ben] = people
    for (const label of ['salary', 'health']) await aLabel(label, { below: 'redacted' })
    value(await access.gateway.setClearances({ principal: ana, clearances: ['hr'] }, workspace.asAdmin()))
    const document = await write(source, { allow: [ana, ben] })
    const passageId = newId('psg')
    value(await putPassages(document, [{ passageId, sourceLabels: ['salary'] }]))
    const opens = async (reader: string, labels: string[]) => {
      const entries = [{ ...document, passageId, view: 'redacted' as const, labels }]
      const asked = await access.agents.checkReadSets({ items: [{ id: 'answer', entries }] }, workspace.as(reader))
      return value(asked).openable.includes('answer')
    }
    assert.equal(await opens(ben, ['salary']), true)
    value(await putPassages(document, [{ passageId, sourceLabels: ['salary'], detectorLabels: ['health'] }]))
    assert.deepEqual([await opens(ana, ['salary']), await opens(ben, ['salary'])], [true, false])
    assert.equal(await opens(ben, ['health', 'salary']), true)
  })

  await t.test('a deleted document withholds', async () => {
    const { people, source, write, opens, connector } = await start()
    const [ana] = people
    const [document, other] = [await write(source, { allow: [ana] }), await write(source, { allow: [ana] })]
    const ended = { dataSourceId: source, documentIds: [document.documentId] }
    value(await access.connectors.removeDocuments(ended, connector(source)))
    assert.deepEqual([await opens(ana, other), await opens(ana, other, document)], [true, false])
  })

  await t.test('every opening is logged, document by document', async () => {
    const { workspace, people, source, write } = await start()
    const [ana] = people
    const [open, closed] = [await write(source, { allow: [ana] }), await write(source, {})]
    const entries = [open, open, closed].map((document) => ({
      ...document,
      passageId: newId('psg'),
      view: 'full' as const,
      labels: [],
    }))
    const { decisionId } = value(
      await access.agents.checkReadSets({ items: [{ id: 'answer', entries }] }, workspace.as(ana)),
    )
    const [row] = await loggedRows(access.db, workspace.workspaceId, { decisionId })
    assert.equal(row?.kind, 'read-sets')
    assert.deepEqual(
      row.documents.map(({ documentId, decision, passages }) => [documentId, decision, passages]),
      [
        [open.documentId, 'allowed', 2],
        [closed.documentId, 'refused', 1],
      ],
    )
  })
})
