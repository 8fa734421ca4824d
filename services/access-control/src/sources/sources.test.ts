import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

const facts = { allow: [], deny: [], gates: [], denyAgents: [], state: 'ready' as const }

test('what a data source says', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, connectors } = access
  const aWorkspace = async () => {
    const workspace = await access.aWorkspace()
    return { workspace, ...contentOf(access, workspace) }
  }

  await t.test('a data source writes its own facts, and nobody else does', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const space = await aSpace(ana)
    const [mine, theirs] = [await aDataSource(space), await aDataSource(space)]
    const document = await write(theirs, { allow: [ana] })
    const put = (dataSourceId: string, call: ReturnType<typeof connector>) =>
      connectors.putDocumentAccess({ dataSourceId, documents: [{ ...facts, ...document }] }, call)
    assert.equal(codeOf(await put(theirs, connector(mine))), 'access.forbidden')
    assert.equal(codeOf(await put(theirs, workspace.asAdmin())), 'access.forbidden')
    assert.equal(codeOf(await put(mine, connector(mine))), 'access.not-found')
    const remove = { dataSourceId: mine, documentIds: [document.documentId] }
    assert.equal(codeOf(await connectors.removeDocuments(remove, connector(mine))), 'access.not-found')
    assert.equal(
      codeOf(await connectors.putDirectory({ dataSourceId: theirs, groups: [] }, connector(mine))),
      'access.forbidden',
    )
    assert.equal(codeOf(await connectors.confirmFresh({ dataSourceId: theirs }, connector(mine))), 'access.forbidden')
    assert.deepEqual(await readable(ana, [document]), [document.documentId])
  })

  await t.test('a data source can neither move itself nor lengthen its bound; an admin can', async () => {
    const { workspace, aSpace, connector } = await aWorkspace()
    const [space, other] = [await aSpace(), await aSpace()]
    const dataSourceId = newId('src')
    const own = connector(dataSourceId)
    value(await connectors.putDataSource({ dataSourceId, space, freshnessMs: 60_000 }, own))
    value(await connectors.putDataSource({ dataSourceId, space, freshnessMs: 60_000 }, own))
    assert.equal(
      codeOf(await connectors.putDataSource({ dataSourceId, space: other, freshnessMs: 60_000 }, own)),
      'access.forbidden',
    )
    assert.equal(codeOf(await connectors.putDataSource({ dataSourceId, space }, own)), 'access.forbidden')
    value(await connectors.putDataSource({ dataSourceId, space: other }, workspace.asAdmin()))
    const nowhere = { dataSourceId, space: `space:${newId('spc')}` }
    assert.equal(codeOf(await connectors.putDataSource(nowhere, workspace.asAdmin())), 'access.not-found')
  })

  await t.test('facts that break a rule change nothing, and name the field', async () => {
    const { aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace(ana))
    const document = await write(source, { allow: [ana] })
    const broken = [
      { allow: [`agent:${newId('agt')}`], at: '/documents/1/allow/0' },
      { deny: [`agent:${newId('agt')}`], at: '/documents/1/deny/0' },
      { gates: ['group:grp_x'], at: '/documents/1/gates/0' },
      { denyAgents: [ana], at: '/documents/1/denyAgents/0' },
    ]
    for (const { at, ...lists } of broken) {
      const documents = [
        { ...facts, ...document },
        { ...facts, documentId: newId('doc'), contentVersion: newId('ver'), ...lists },
      ]
      const answer = await connectors.putDocumentAccess({ dataSourceId: source, documents }, connector(source))
      assert.equal(codeOf(answer), 'access.invalid')
      assert.deepEqual(answer.ok ? [] : answer.fault.errors?.map(({ field }) => field), [at])
    }
    const twice = {
      dataSourceId: source,
      documents: [
        { ...facts, ...document },
        { ...facts, ...document },
      ],
    }
    assert.equal(codeOf(await connectors.putDocumentAccess(twice, connector(source))), 'access.invalid')
    assert.deepEqual(await readable(ana, [document]), [document.documentId])
  })

  await t.test(
    'facts older than the bound are read by nobody until the source confirms, by the clock of the database',
    async () => {
      const { workspace, aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
      const ana = await aUser()
      const source = await aDataSource(await aSpace(ana), 60_000)
      const document = await write(source, { allow: [ana] })
      assert.deepEqual(await readable(ana, [document]), [document.documentId])
      const age = (interval: string) =>
        sql`update data_source_confirmations set confirmed_at = clock_timestamp() - ${interval}::interval
        where data_source_id = ${source}`.execute(access.db)
      await age('61 seconds')
      assert.deepEqual(await readable(ana, [document]), [])
      const filter = value(await access.retrieval.readerFilter({}, workspace.as(ana)))
      assert.deepEqual(filter.pairs, [])
      value(await connectors.confirmFresh({ dataSourceId: source }, connector(source)))
      assert.deepEqual(await readable(ana, [document]), [document.documentId])
      await age('59 seconds')
      assert.deepEqual(await readable(ana, [document]), [document.documentId])
    },
  )

  await t.test('a new listing of groups replaces the old one, and nothing that the workspace has', async () => {
    const { workspace, aUser, aGroup, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace('workspace:members'))
    value(await gateway.linkIdentity({ user: ana, dataSourceId: source, nativeId: 'ana' }, workspace.asAdmin()))
    const put = async (
      ...groups: { nativeId: string; people?: string[]; groups?: string[]; containers?: string[]; kind?: 'container' }[]
    ) => {
      const listing = groups.map((group) => ({ kind: 'group' as const, title: '', people: [], groups: [], ...group }))
      return value(await connectors.putDirectory({ dataSourceId: source, groups: listing }, connector(source)))
    }
    await put(
      { nativeId: 'eng', people: ['ana'] },
      { nativeId: 'top', kind: 'container', groups: ['eng'] },
      { nativeId: 'sub', kind: 'container', containers: ['top'] },
    )
    const own = await aGroup(`group:${source}:eng`)
    const documents = [
      await write(source, { allow: [`container:${source}:sub`] }),
      await write(source, { allow: [own] }),
      await write(source, { allow: [`group:${source}:eng`] }),
    ]
    const [first, second] = documents.map(({ documentId }) => documentId)
    assert.equal((await readable(ana, documents)).length, 3)
    // `eng` goes: nothing that it was in covers her any more, though its name stays in lists and in the workspace's own group.
    await put(
      { nativeId: 'top', kind: 'container', people: ['ana'] },
      { nativeId: 'sub', kind: 'container', containers: ['top'] },
    )
    assert.deepEqual(await readable(ana, documents), [first])
    value(await gateway.addMembership({ container: own, member: ana }, workspace.asAdmin()))
    const { changed } = await put()
    assert.ok(changed > 0)
    assert.deepEqual(await readable(ana, documents), [second])
    assert.equal((await put()).changed, 0)
  })

  await t.test('a source that deletes a group which a deny names does not open the document', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const [ana, ben] = [await aUser(), await aUser()]
    const source = await aDataSource(await aSpace('workspace:members'))
    value(await gateway.linkIdentity({ user: ana, dataSourceId: source, nativeId: 'ana' }, workspace.asAdmin()))
    const groups = [{ nativeId: 'leavers', kind: 'group' as const, title: '', people: ['ana'], groups: [] }]
    value(await connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const lists = { allow: ['workspace:members'], deny: [`group:${source}:leavers`] }
    const document = await write(source, lists)
    assert.deepEqual(await readable(ben, [document]), [document.documentId])
    value(await connectors.putDirectory({ dataSourceId: source, groups: [] }, connector(source)))
    assert.deepEqual([await readable(ana, [document]), await readable(ben, [document])], [[], []])
    const told = value(await gateway.getDocumentAccess({ documentId: document.documentId }, workspace.asAdmin()))
    assert.equal(told.state, 'quarantined')
    assert.match(told.reason ?? '', /deny/)
    await write(source, { allow: [ben] }, document)
    assert.deepEqual(await readable(ben, [document]), [document.documentId])
  })

  await t.test(
    'the facts of a document are told to admins and to its own source; to others it does not exist',
    async () => {
      const { workspace, aUser, aSpace, aDataSource, write, connector } = await aWorkspace()
      const ana = await aUser()
      const space = await aSpace(ana)
      const [mine, theirs] = [await aDataSource(space), await aDataSource(space)]
      const document = await write(mine, { allow: [ana], state: 'quarantined', reason: 'no owner' })
      const told = value(await gateway.getDocumentAccess({ documentId: document.documentId }, workspace.asAdmin()))
      assert.partialDeepStrictEqual(told, {
        ...document,
        dataSourceId: mine,
        space,
        state: 'quarantined',
        reason: 'no owner',
        layers: [{ layer: 'source', allow: [ana], labels: [], passages: [] }],
      })
      value(await connectors.getDocumentAccess({ documentId: document.documentId }, connector(mine)))
      const other = await access.aWorkspace()
      const ask = { documentId: document.documentId }
      assert.equal(codeOf(await connectors.getDocumentAccess(ask, connector(theirs))), 'access.not-found')
      assert.equal(codeOf(await gateway.getDocumentAccess(ask, other.asAdmin())), 'access.not-found')
      assert.equal(codeOf(await gateway.getDocumentAccess(ask, workspace.as(ana))), 'access.forbidden')
    },
  )
})
