import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('the layer of the workspace', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, connectors, db } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const space = await content.aSpace('workspace:members')
    const source = await content.aDataSource(space)
    const [ana, ben] = [await content.aUser(), await content.aUser()]
    const document = await content.write(source, { allow: ['public'] })
    return { workspace, space, source, ana, ben, document, ...content }
  }

  await t.test('denies, gates and labels over what a source says, and a sync never takes them away', async () => {
    const { workspace, source, ana, ben, document, aGroup, aSpace, write, readable, putLayer, connector } =
      await start()
    const { documentId } = document
    const gate = await aSpace(ben)
    const both = async () =>
      [await readable(ana, [document]), await readable(ben, [document])].map((found) => found.length)
    value(await putLayer(documentId, { deny: [await aGroup(ana)] }))
    await write(source, { allow: ['public', ana] }, document)
    assert.deepEqual(await both(), [0, 1])
    value(await connectors.putDirectory({ dataSourceId: source, groups: [] }, connector(source)))
    value(await putLayer(documentId, { gates: [gate] }))
    await write(source, { allow: ['public'], deny: [] }, document)
    assert.deepEqual(await both(), [0, 1])
    value(await putLayer(documentId, { labels: ['secret'] }))
    await write(source, { allow: ['public'], labels: [] }, document)
    assert.deepEqual(await both(), [0, 0])
    value(await putLayer(documentId, {}))
    assert.deepEqual(await both(), [1, 1])
    const told = value(await gateway.getDocumentAccess({ documentId }, workspace.asAdmin()))
    assert.deepEqual(
      told.layers.map(({ layer }) => layer),
      ['source'],
    )
  })

  await t.test('a layer that breaks a rule changes nothing, and a document of another workspace is none', async () => {
    const { workspace, ana, document, putLayer } = await start()
    const { documentId } = document
    const passageId = newId('psg')
    const broken = [
      { layer: { deny: [`agent:${newId('agt')}`] }, at: '/deny/0' },
      { layer: { gates: ['group:grp_x'] }, at: '/gates/0' },
      { layer: { denyAgents: [ana] }, at: '/denyAgents/0' },
      {
        layer: {
          passages: [
            { passageId, labels: [] },
            { passageId, labels: ['a'] },
          ],
        },
        at: '/passages/1/passageId',
      },
    ]
    for (const { layer, at } of broken) {
      const refused = await putLayer(documentId, layer)
      assert.deepEqual([codeOf(refused), !refused.ok && refused.fault.errors?.[0]?.field], ['access.invalid', at])
    }
    const other = await access.aWorkspace()
    assert.equal(codeOf(await putLayer(documentId, {}, other.asAdmin())), 'access.not-found')
    assert.equal(codeOf(await putLayer(newId('doc'), {})), 'access.not-found')
    assert.equal(codeOf(await putLayer(documentId, {}, workspace.as(ana))), 'access.forbidden')
    const told = value(await gateway.getDocumentAccess({ documentId }, workspace.asAdmin()))
    assert.equal(told.layers.length, 1)
  })

  await t.test('delegates of its space write and read it, in person, and nobody through an agent', async () => {
    const { workspace, space, ana, ben, document, aGroup, aSpace, putLayer } = await start()
    const { documentId } = document
    const delegate = (name: string, principal: string) =>
      db
        .insertInto('space_delegates')
        .values({ workspace_id: workspace.workspaceId, space: name, principal, from_rev: 1, to_rev: null })
        .execute()
    await delegate(space, await aGroup(ana))
    await delegate(await aSpace(), ben)
    value(await putLayer(documentId, { deny: [ben] }, workspace.as(ana)))
    value(await gateway.getDocumentAccess({ documentId }, workspace.as(ana)))
    assert.equal(codeOf(await putLayer(documentId, {}, workspace.as(ben))), 'access.forbidden')
    assert.equal(codeOf(await gateway.getDocumentAccess({ documentId }, workspace.as(ben))), 'access.forbidden')
    assert.equal(
      codeOf(await gateway.getDocumentAccess({ documentId: newId('doc') }, workspace.as(ana))),
      'access.forbidden',
    )
    const throughAgent = workspace.as(ana, [`agent:${newId('agt')}`])
    assert.equal(codeOf(await putLayer(documentId, {}, throughAgent)), 'access.forbidden')
  })

  await t.test('a delegate of the space that it was in learns no more of it, of what it was then neither', async () => {
    const { workspace, space, source, ana, document, aSpace, putLayer, write, connector } = await start()
    const { documentId } = document
    value(await gateway.addDelegate({ space, principal: ana }, workspace.asAdmin()))
    const { revision } = value(await gateway.getDocumentAccess({ documentId }, workspace.as(ana)))
    const asked = async (about: string) =>
      codeOf(await gateway.getDocumentAccess({ documentId: about, atRevision: revision }, workspace.as(ana)))
    const gone = await write(source, { allow: ['public'] })
    value(await connectors.removeDocuments({ dataSourceId: source, documentIds: [gone.documentId] }, connector(source)))
    assert.equal(codeOf(await putLayer(gone.documentId, {}, workspace.as(ana))), 'access.forbidden')
    value(await connectors.putDataSource({ dataSourceId: source, space: await aSpace() }, workspace.asAdmin()))
    assert.deepEqual([await asked(documentId), await asked(gone.documentId)], ['access.forbidden', 'access.forbidden'])
  })

  await t.test('a label set by hand is taken off by somebody cleared for it, and by nobody else', async () => {
    const { workspace, space, document, aLabel, aUser, putLayer, putPassages } = await start()
    const { documentId } = document
    const passageId = newId('psg')
    value(await putPassages(document, [{ passageId }]))
    await aLabel('salary', { requires: ['hr'] })
    const set = (labels: string[]) =>
      putLayer(documentId, { passages: labels.length > 0 ? [{ passageId, labels }] : [] })
    value(await set(['salary', 'undefined-one']))
    assert.equal(codeOf(await set(['undefined-one'])), 'access.forbidden')
    assert.equal(codeOf(await set([])), 'access.forbidden')
    value(await set(['salary', 'more']))
    value(await gateway.setClearances({ principal: workspace.admin, clearances: ['hr'] }, workspace.asAdmin()))
    value(await set([]))
    // A label of the whole document lies on every passage.
    const delegate = await aUser()
    value(await gateway.addDelegate({ space, principal: delegate }, workspace.asAdmin()))
    value(await putLayer(documentId, { labels: ['salary', 'undefined-one'] }, workspace.as(delegate)))
    for (const labels of [['salary'], ['undefined-one'], []])
      assert.equal(codeOf(await putLayer(documentId, { labels }, workspace.as(delegate))), 'access.forbidden')
    value(await gateway.setClearances({ principal: delegate, clearances: ['hr'] }, workspace.asAdmin()))
    value(await putLayer(documentId, { labels: ['undefined-one'] }, workspace.as(delegate)))
  })

  await t.test('what stood at a past revision or time is told, and nothing before there was a workspace', async () => {
    const { workspace, source, ana, document, aSpace, write, putLayer, putPassages, connector } = await start()
    const { documentId } = document
    const told = async (when: { atRevision?: number; atTime?: string } = {}) =>
      gateway.getDocumentAccess({ documentId, ...when }, workspace.asAdmin())
    const first = value(await told())
    value(await putLayer(documentId, { deny: [ana], labels: ['salary'] }))
    value(await putPassages(document, [{ passageId: newId('psg'), sourceLabels: ['a'] }]))
    const second = value(await told())
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
    const other = await aSpace()
    value(await connectors.putDataSource({ dataSourceId: source, space: other }, workspace.asAdmin()))
    await write(source, { allow: [ana] }, { documentId })
    value(await connectors.removeDocuments({ dataSourceId: source, documentIds: [documentId] }, connector(source)))
    assert.equal(codeOf(await told()), 'access.not-found')
    assert.deepEqual(value(await told({ atRevision: first.revision })), first)
    assert.deepEqual(value(await told({ atRevision: second.revision })), second)
    assert.deepEqual(value(await told({ atTime: rows[0]?.now.toISOString() ?? '' })), second)
    assert.equal(codeOf(await told({ atRevision: 1_000_000 })), 'access.future-revision')
    assert.equal(codeOf(await told({ atRevision: 0 })), 'access.not-found')
    assert.equal(codeOf(await told({ atTime: '2001-01-01T00:00:00Z' })), 'access.not-found')
    assert.equal(codeOf(await told({ atRevision: 1 })), 'access.not-found')
  })

  await t.test('facts over their bound are told as stale', async () => {
    const { workspace, space, aDataSource, write } = await start()
    const source = await aDataSource(space, 60_000)
    const { documentId } = await write(source, { allow: ['public'] })
    await sql`update data_source_confirmations set confirmed_at = clock_timestamp() - interval '61 seconds'
      where data_source_id = ${source}`.execute(db)
    assert.equal(value(await gateway.getDocumentAccess({ documentId }, workspace.asAdmin())).state, 'stale')
  })

  await t.test('where two admins are needed, one alone may take rights away and never give them', async () => {
    const { workspace, ana, document, aLabel, putLayer, putPassages } = await start()
    const { documentId } = document
    const passageId = newId('psg')
    await aLabel('open-one', { requires: [] })
    value(await putPassages(document, [{ passageId }]))
    await db.updateTable('workspaces').set({ two_admins: true }).where('id', '=', workspace.workspaceId).execute()
    const layer = { deny: [ana], labels: ['salary'], passages: [{ passageId, labels: ['open-one'] }] }
    value(await putLayer(documentId, layer))
    for (const less of [{ deny: [] }, { labels: [] }, { passages: [] }]) {
      assert.equal(codeOf(await putLayer(documentId, { ...layer, ...less })), 'access.approval-required')
    }
    value(await putLayer(documentId, { ...layer, deny: [ana, 'public'] }))
    const definition = { label: 'salary', title: '', requires: [], below: 'none' as const, hidesTitle: false }
    const sensitive = [
      gateway.putLabel(definition, workspace.asAdmin()),
      gateway.setClearances({ principal: ana, clearances: ['hr'] }, workspace.asAdmin()),
      gateway.importFacts({ lines: [{ number: 1, line: { type: 'label', ...definition } }] }, workspace.asAdmin()),
    ]
    for (const answer of await Promise.all(sensitive)) assert.equal(codeOf(answer), 'access.approval-required')
    assert.deepEqual(value(await gateway.listClearances({}, workspace.asAdmin())).items, [])
  })
})
