import assert from 'node:assert/strict'
import type { Call } from '@tessera/shared/bus/call'
import { after, before, test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from './content.ts'
import { loggedRows } from './logged.ts'
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
    // Ids are in the order of time, and lists are kept sorted: Ana stands in the middle.
    const before = Array.from({ length: 150 }, () => `user:${newId('usr')}`)
    const [ana, ben] = [await aUser(), await aUser()]
    const source = await aDataSource(await aSpace('public'))
    const others = [...before, ...Array.from({ length: 150 }, () => `user:${newId('usr')}`)]
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
    const check = () => access.retrieval.checkPassages({ candidates: [], operation: 'search' }, workspace.as(member))
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
      await access.retrieval.checkPassages({ candidates, operation: 'citation', queryHash: 'q' }, workspace.as(ana)),
    )
    const second = value(
      await access.retrieval.checkPassages({ candidates: [], operation: 'search' }, workspace.as(ana)),
    )
    const rows = await loggedRows(access.db, workspace.workspaceId, { kinds: ['passages'] })
    assert.deepEqual(
      rows.map(({ id }) => id),
      [checked.decisionId, second.decisionId],
    )
    const allowed = { documentId: open.documentId, passages: 1, decision: 'allowed', view: 'full', reasons: ['allow'] }
    const refused = { decision: 'refused', view: 'none', reasons: ['no-grant'] }
    assert.partialDeepStrictEqual(rows[0], {
      operation: 'citation',
      subject: ana,
      actors: [],
      revision: checked.revision,
      queryHash: 'q',
      documents: [allowed, { documentId: closed.documentId, passages: 1, ...refused }],
    })
  })

  test('every write that raises the revision is a row with who did it, and what it was asked only as a hash', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, connector } = await aWorkspace()
    const ana = await aUser({ subject: 'Ana Lytics' })
    const source = await aDataSource(await aSpace(ana))
    await write(source, { allow: [ana] })
    const { revision } = value(await access.gateway.getMe({}, workspace.asAdmin()))
    const rows = await loggedRows(access.db, workspace.workspaceId)
    const changes = rows.filter(({ kind }) => ['change', 'grant', 'key', 'role', 'policy'].includes(kind))
    assert.deepEqual(
      changes.map((row) => row.revision),
      Array.from({ length: revision }, (_, index) => index + 1),
    )
    assert.partialDeepStrictEqual(changes[0], { operation: 'createWorkspace', subject: 'system:operator' })
    assert.partialDeepStrictEqual(changes.at(-1), {
      operation: 'putDocumentAccess',
      subject: connector(source).caller.subject,
    })
    assert.ok(changes.slice(1).every(({ inputHash }) => /^[0-9a-f]{64}$/.test(inputHash ?? '')))
    const stored = await access.db.selectFrom('log_rows').select('body').execute()
    assert.doesNotMatch(JSON.stringify(stored), /Ana Lytics|usr_|doc_|src_|spc_/)
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
    assert.deepEqual(
      filter.names.map((names) => names.toSorted()),
      [[ana, group, space, 'public', 'workspace:members'].toSorted()],
    )
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

  test('a read that demands a revision which was not reached is refused, and stops the workspace', async () => {
    const asks = [
      (call: Call, atLeast: number) => access.retrieval.readerFilter({ atLeast }, call),
      (call: Call, atLeast: number) =>
        access.retrieval.checkPassages({ candidates: [], operation: 'search', atLeast }, call),
      (call: Call, atLeast: number) => access.gateway.listSpaces({ atLeast }, call),
    ]
    for (const ask of asks) {
      const { workspace, aUser } = await aWorkspace()
      const call = workspace.as(await aUser())
      const { revision } = value(await access.retrieval.readerFilter({}, call))
      assert.equal(codeOf(await ask(call, revision)), undefined)
      assert.equal(codeOf(await ask(call, revision + 1)), 'access.future-revision')
      for (const again of asks) assert.equal(codeOf(await again(call, revision)), 'access.stopped')
    }
  })

  test('a label set by hand outlives what its source says, and is inherited by the passages of a new version', async () => {
    const { workspace, aUser, aSpace, aDataSource, aLabel, write, served, putPassages, putLayer } = await aWorkspace()
    const [ana, hana] = [await aUser(), await aUser()]
    value(await access.gateway.setClearances({ principal: hana, clearances: ['hr'] }, workspace.asAdmin()))
    await aLabel('salary')
    const source = await aDataSource(await aSpace('public'))
    const document = await write(source, { allow: ['public'] })
    const [old, fresh] = [newId('psg'), newId('psg')]
    value(await putPassages(document, [{ passageId: old }]))
    value(await putLayer(document.documentId, { passages: [{ passageId: old, labels: ['salary'] }] }))
    const next = await write(source, { allow: ['public'] }, { documentId: document.documentId })
    const rows = [old, fresh].map((passageId) => ({ ...next, passageId }))
    assert.deepEqual(await served(hana, rows), [])
    value(await putPassages(next, [{ passageId: old }, { passageId: fresh, detectorLabels: ['salary'] }]))
    value(await putPassages(next, [{ passageId: old }, { passageId: fresh }]))
    assert.deepEqual([(await served(hana, rows)).length, (await served(ana, rows)).length], [2, 0])
  })

  test('an import stands as a whole or not at all, and changes nothing the second time', async () => {
    const { workspace, served, indexFacts } = await aWorkspace()
    const [dataSourceId, documentId, contentVersion, passageId] = [
      newId('src'),
      newId('doc'),
      newId('ver'),
      newId('psg'),
    ]
    const { issuer } = workspace
    const lists = { allow: ['user:ana'], deny: [], gates: [], denyAgents: [], labels: ['plan'] }
    const lines = [
      { type: 'user', name: 'user:ana', issuer, subject: 'ana', displayName: 'Ana', clearances: ['hr'] },
      { type: 'space', name: 'space:main', title: 'Main' },
      { type: 'membership', container: 'space:main', member: 'public' },
      { type: 'label', label: 'plan', title: 'Plan', requires: [], below: 'none', hidesTitle: false },
      { type: 'label', label: 'salary', title: 'Salary', requires: ['hr'], below: 'none', hidesTitle: false },
      { type: 'data-source', dataSourceId, space: 'space:main' },
      {
        type: 'document',
        documentId,
        dataSourceId,
        contentVersion,
        ...lists,
        passages: [{ passageId, labels: ['salary'] }],
      },
      { type: 'agent', name: 'agent:helper', active: true, scope: { kind: 'everything' }, clearances: [] },
    ].map((line, index) => ({ number: index + 1, line }))
    const put = async (sent: typeof lines) =>
      value(await access.gateway.importFacts({ lines: sent }, workspace.asAdmin()))
    const bad = { number: 9, line: { type: 'space', name: 'space', title: '' } as never }
    const refused = await put([...lines, bad])
    assert.deepEqual([refused.written, [...new Set(refused.errors.map(({ number }) => number))]], [0, [9]])
    const first = await put(lines)
    assert.deepEqual([first.written, first.revision], [8, refused.revision + 1])
    assert.deepEqual(await served('user:ana', [{ documentId, contentVersion, passageId }]), [
      { passageId, entitledView: 'full' },
    ])
    assert.deepEqual(
      (await indexFacts(documentId)).passages.map(({ labels }) => labels),
      [['plan', 'salary']],
    )
    const again = await put(lines)
    assert.deepEqual([again.written, again.unchanged, again.revision], [0, 8, first.revision])
  })
}
