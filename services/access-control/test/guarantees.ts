import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from './content.ts'
import { type AccessControl, type Adapter, codeOf, startAccessControl, value } from './start-access-control.ts'

/** What both databases promise alike; one service per file, a workspace per test. */
export function guarantees(adapter: Adapter): void {
  let access: AccessControl
  const cleanUps: (() => void | Promise<void>)[] = []
  before(async () => {
    access = await startAccessControl({ after: (cleanUp) => cleanUps.push(cleanUp) }, adapter)
  })
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })
  const aWorkspace = async () => {
    const workspace = await access.aWorkspace()
    return { workspace, ...contentOf(access, workspace) }
  }

  test('a membership taken back is not read through any more, at once and through any depth', async () => {
    const { workspace, aUser, aGroup, aSpace, aDataSource, write, readable } = await aWorkspace()
    const ana = await aUser()
    const inner = await aGroup(ana)
    const outer = await aGroup(await aGroup(inner))
    value(await access.gateway.addMembership({ container: inner, member: outer }, workspace.asAdmin()))
    const source = await aDataSource(await aSpace('workspace:members'))
    const document = await write(source, { allow: [outer] })
    assert.deepEqual(await readable(ana, [document]), [document.documentId])
    value(await access.gateway.removeMembership({ container: inner, member: ana }, workspace.asAdmin()))
    assert.deepEqual(await readable(ana, [document]), [])
  })

  test('a deny through six groups beats an allow by name', async () => {
    const { aUser, aGroup, aSpace, aDataSource, write, readable } = await aWorkspace()
    const [ana, ben] = [await aUser(), await aUser()]
    let group = await aGroup(ana)
    for (let depth = 1; depth < 6; depth++) group = await aGroup(group)
    const source = await aDataSource(await aSpace(ana, ben))
    const document = await write(source, { allow: [ana, ben], deny: [group] })
    assert.deepEqual(await readable(ana, [document]), [])
    assert.deepEqual(await readable(ben, [document]), [document.documentId])
  })

  test('lists of any length are decided by the entries that cover the reader', async () => {
    const { aUser, aSpace, aDataSource, write, readable } = await aWorkspace()
    const [ana, ben] = [await aUser(), await aUser()]
    const source = await aDataSource(await aSpace('public'))
    const others = Array.from({ length: 300 }, () => `user:${newId('usr')}`)
    const documents = [
      await write(source, { allow: [...others, ana] }),
      await write(source, { allow: ['public'], deny: [...others, ana] }),
    ]
    const [first, second] = documents.map(({ documentId }) => documentId)
    assert.deepEqual(await readable(ana, documents), [first])
    assert.deepEqual(await readable(ben, documents), [second])
  })

  test('the space and every gate must cover the reader', async () => {
    const { aUser, aSpace, aDataSource, write, readable } = await aWorkspace()
    const [ana, ben] = [await aUser(), await aUser()]
    const gate = await aSpace(ana)
    const outside = await aDataSource(await aSpace(ben))
    const inside = await aDataSource(await aSpace(ana, ben))
    const documents = [
      await write(outside, { allow: ['public'] }),
      await write(inside, { allow: ['public'], gates: [gate] }),
      await write(inside, { allow: ['public'], gates: [gate, 'container:src_0000000000:unknown'] }),
      await write(inside, { allow: ['public'] }),
    ]
    const [first, second, , last] = documents.map(({ documentId }) => documentId)
    assert.deepEqual(await readable(ana, documents), [second, last])
    assert.deepEqual(await readable(ben, documents), [first, last])
  })

  test('an unknown name grants nothing and denies nobody; a deleted group becomes one', async () => {
    const { workspace, aUser, aGroup, aSpace, aDataSource, write, readable } = await aWorkspace()
    const ana = await aUser()
    const [granted, denied] = [await aGroup(ana), await aGroup(ana)]
    const source = await aDataSource(await aSpace(ana))
    const allowed = await write(source, { allow: [granted, 'group:grp_never'] })
    const refused = await write(source, { allow: [ana], deny: [denied] })
    const nobody = await write(source, { allow: ['group:grp_never'] })
    const all = [allowed, refused, nobody]
    assert.deepEqual(await readable(ana, all), [allowed.documentId])
    for (const name of [granted, denied]) value(await access.gateway.deleteGroup({ name }, workspace.asAdmin()))
    assert.deepEqual(await readable(ana, all), [refused.documentId])
  })

  test('public covers guests, members covers those who are none, and neither covers a deactivated user', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable } = await aWorkspace()
    const [member, guest] = [await aUser(), await aUser({ guest: true })]
    const source = await aDataSource(await aSpace('public'))
    const documents = [
      await write(source, { allow: ['public'] }),
      await write(source, { allow: ['workspace:members'] }),
    ]
    const [open, internal] = documents.map(({ documentId }) => documentId)
    assert.deepEqual(await readable(member, documents), [open, internal])
    assert.deepEqual(await readable(guest, documents), [open])
    const update = (state: 'active' | 'deactivated') =>
      access.gateway.updateUser({ name: member, state }, workspace.asAdmin())
    value(await update('deactivated'))
    const check = () => access.retrieval.checkPassages({ candidates: [], purpose: 'search' }, workspace.as(member))
    assert.equal(codeOf(await check()), 'access.deactivated')
    value(await update('active'))
    assert.deepEqual(await readable(member, documents), [open, internal])
  })

  test('a person in a source is a user only while a link says so', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace(ana))
    const groups = [{ nativeId: 'eng', kind: 'group' as const, title: 'Eng', people: ['U02'], groups: [] }]
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const documents = [
      await write(source, { allow: [`identity:${source}:U02`] }),
      await write(source, { allow: [`group:${source}:eng`] }),
    ]
    assert.deepEqual(await readable(ana, documents), [])
    const link = { user: ana, dataSourceId: source, nativeId: 'U02' }
    value(await access.gateway.linkIdentity(link, workspace.asAdmin()))
    assert.equal((await readable(ana, documents)).length, 2)
    value(await access.gateway.unlinkIdentity(link, workspace.asAdmin()))
    assert.deepEqual(await readable(ana, documents), [])
  })

  test('same-named groups of two sources never meet', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const space = await aSpace(ana)
    const [one, two] = [await aDataSource(space), await aDataSource(space)]
    const groups = [{ nativeId: 'eng', kind: 'group' as const, title: 'Eng', people: ['ana'], groups: [] }]
    for (const dataSourceId of [one, two]) {
      value(await access.connectors.putDirectory({ dataSourceId, groups }, connector(dataSourceId)))
    }
    value(await access.gateway.linkIdentity({ user: ana, dataSourceId: one, nativeId: 'ana' }, workspace.asAdmin()))
    const documents = [
      await write(one, { allow: [`group:${one}:eng`] }),
      await write(two, { allow: [`group:${two}:eng`] }),
    ]
    assert.deepEqual(await readable(ana, documents), [documents[0]?.documentId])
  })

  test('rows of an old content version are refused from the moment that the facts name another', async () => {
    const { aUser, aSpace, aDataSource, write, readable } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace(ana))
    const old = await write(source, { allow: [ana] })
    const current = await write(source, { allow: [ana] }, { documentId: old.documentId })
    assert.deepEqual(await readable(ana, [old]), [])
    assert.deepEqual(await readable(ana, [current]), [old.documentId])
  })

  test('a deleted document is refused and its id never comes back', async () => {
    const { aUser, aSpace, aDataSource, write, readable, connector } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace(ana))
    const document = await write(source, { allow: [ana] })
    value(
      await access.connectors.removeDocuments(
        { dataSourceId: source, documentIds: [document.documentId] },
        connector(source),
      ),
    )
    assert.deepEqual(await readable(ana, [document]), [])
    const facts = { ...document, allow: [ana], deny: [], gates: [], denyAgents: [], state: 'ready' as const }
    const again = await access.connectors.putDocumentAccess(
      { dataSourceId: source, documents: [facts] },
      connector(source),
    )
    assert.equal(codeOf(again), 'access.conflict')
  })

  test('every check leaves a row with what was decided and why, in order', async () => {
    const { workspace, aUser, aSpace, aDataSource, write } = await aWorkspace()
    const ana = await aUser()
    const source = await aDataSource(await aSpace(ana))
    const [open, closed] = [await write(source, { allow: [ana] }), await write(source, { allow: [] })]
    const candidates = [open, closed].map((document) => ({
      ...document,
      passageId: newId('psg'),
      view: 'full' as const,
      hash: 'h',
    }))
    const checked = value(
      await access.retrieval.checkPassages({ candidates, purpose: 'citation', queryHash: 'q' }, workspace.as(ana)),
    )
    const second = value(await access.retrieval.checkPassages({ candidates: [], purpose: 'search' }, workspace.as(ana)))
    const rows = await access.db
      .selectFrom('decisions')
      .selectAll()
      .where('workspace_id', '=', workspace.workspaceId)
      .orderBy('sequence')
      .execute()
    assert.deepEqual(
      rows.map(({ id }) => id),
      [checked.decisionId, second.decisionId],
    )
    assert.partialDeepStrictEqual(rows[0], {
      kind: 'passages',
      purpose: 'citation',
      subject: ana,
      actors: [],
      revision: checked.revision,
      query_hash: 'q',
      documents: [
        {
          documentId: open.documentId,
          passages: [candidates[0]?.passageId],
          decision: 'allowed',
          view: 'full',
          reasons: ['allow'],
        },
        {
          documentId: closed.documentId,
          passages: [candidates[1]?.passageId],
          decision: 'refused',
          view: 'none',
          reasons: ['no-grant'],
        },
      ],
    })
  })

  test('what does not change raises no revision, and what does raises it by one', async () => {
    const { workspace, aUser, aGroup, aSpace, aDataSource, write, connector } = await aWorkspace()
    const ana = await aUser()
    const group = await aGroup(ana)
    const space = await aSpace(ana)
    const source = await aDataSource(space)
    const lists = { allow: [group, ana], deny: ['group:grp_x'] }
    const document = await write(source, lists)
    const groups = [{ nativeId: 'eng', kind: 'group' as const, title: 'Eng', people: ['a', 'a'], groups: ['eng'] }]
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const revision = async () => value(await access.gateway.getMe({}, workspace.asAdmin())).revision
    const before = await revision()
    await write(source, { allow: [ana, group, ana], deny: ['group:grp_x'] }, document)
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    value(await access.connectors.putDataSource({ dataSourceId: source, space }, connector(source)))
    value(await access.connectors.confirmFresh({ dataSourceId: source }, connector(source)))
    value(await access.gateway.addMembership({ container: group, member: ana }, workspace.asAdmin()))
    value(await access.gateway.updateUser({ name: ana, state: 'active' }, workspace.asAdmin()))
    assert.equal(await revision(), before)
    await write(source, { ...lists, deny: [] }, document)
    assert.equal(await revision(), before + 1)
  })

  test('the filter names what covers the reader and the signatures whose gates all do', async () => {
    const { workspace, aUser, aGroup, aSpace, aDataSource, write } = await aWorkspace()
    const ana = await aUser()
    const group = await aGroup(ana)
    const [space, gate] = [await aSpace(group), await aSpace()]
    const source = await aDataSource(space)
    const [open, gated] = [await write(source, { allow: [ana] }), await write(source, { allow: [ana], gates: [gate] })]
    const filter = value(await access.retrieval.readerFilter({}, workspace.as(ana)))
    assert.deepEqual(filter.names.toSorted(), [ana, group, space, 'public', 'workspace:members'].toSorted())
    const facts = value(
      await access.retrieval.indexFacts(
        { documentIds: [open.documentId, gated.documentId] },
        workspace.as('system:retrieval'),
      ),
    ).documents
    assert.deepEqual(
      facts.map(({ signature }) => filter.pairs.includes(`${signature}/full`)),
      [true, false],
    )
  })

  test('a read that demands a revision which was not reached is refused', async () => {
    const { workspace, aUser } = await aWorkspace()
    const ana = await aUser()
    const { revision } = value(await access.retrieval.readerFilter({}, workspace.as(ana)))
    value(await access.retrieval.readerFilter({ atLeast: revision }, workspace.as(ana)))
    const asked = [
      access.retrieval.readerFilter({ atLeast: revision + 1 }, workspace.as(ana)),
      access.retrieval.checkPassages({ candidates: [], purpose: 'search', atLeast: revision + 1 }, workspace.as(ana)),
      access.gateway.listSpaces({ atLeast: revision + 1 }, workspace.as(ana)),
    ]
    for (const answer of asked) assert.equal(codeOf(await answer), 'access.future-revision')
  })
}
