import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { askableContent } from './questions.ts'
import { passes } from './rights/agree.ts'
import { stopWorkspace } from '../src/workspaces/stop-workspace.ts'
import { type AccessControl, codeOf, startAccessControl, value } from './start-access-control.ts'

/**
 * Everything here is asked before the change, twice, so that whatever can be remembered is and is used, and right after it was acknowledged. The same passage of a
 * document is asked for each time.
 */
suite('right after a change', () => {
  let access: AccessControl
  const cleanUps: (() => void | Promise<void>)[] = []
  before(async () => {
    access = await startAccessControl({ after: (cleanUp) => cleanUps.push(cleanUp) })
  })
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })
  const start = async () => {
    const content = await askableContent(access)
    const { workspace, aUser, aSpace, aDataSource } = content
    const space = await aSpace('public')
    type Asked = { actors?: string[]; audience?: string[] }
    const passages = new Map<string, string>()
    const passageOf = (documentId: string) => {
      const passageId = passages.get(documentId) ?? newId('psg')
      passages.set(documentId, passageId)
      return passageId
    }
    /** The view that the reader finds and gets of this document, which is one passage: by the filter over an index of now, and by the check. */
    const views = async (reader: string, document: Awaited<ReturnType<typeof content.write>>, asked: Asked = {}) => {
      const { actors = [], ...audience } = asked
      const call = workspace.as(reader, actors)
      const facts = await content.indexFacts(document.documentId)
      const filter = value(await access.retrieval.readerFilter(audience, call))
      const found = (['full', 'redacted', 'digest'] as const).find((view) =>
        passes(filter, facts, `${facts.signature}/${view}`),
      )
      const passageId = passageOf(document.documentId)
      const check = async (view: 'full' | 'redacted') => {
        const candidates = [{ ...document, passageId, view, hash: 'h' }]
        const checked = await access.retrieval.checkPassages({ candidates, operation: 'search', ...audience }, call)
        return value(checked).allowed[0]?.entitledView
      }
      const [checked, again] = [await check('full'), await check('full')]
      assert.equal(again, checked)
      return [found ?? 'none', checked ?? (await check('redacted')) ?? 'none']
    }
    return {
      ...content,
      views,
      passageOf,
      ana: await aUser(),
      ben: await aUser(),
      space,
      source: await aDataSource(space),
    }
  }
  const nothing = ['none', 'none']
  const everything = ['full', 'full']

  test('a membership given and taken back', async () => {
    const { views, ana, aGroup, write, source, member, leave } = await start()
    const group = await aGroup()
    const document = await write(source, { allow: [group] })
    assert.deepEqual(await views(ana, document), nothing)
    value(await member(group, ana))
    assert.deepEqual(await views(ana, document), everything)
    value(await leave(group, ana))
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('a group of a source, and the link of a person to it', async () => {
    const { workspace, views, ana, write, source, aDirectory } = await start()
    const document = await write(source, { allow: [`group:${source}:eng`] })
    const link = { user: ana, dataSourceId: source, nativeId: 'U1' }
    value(await access.gateway.linkIdentity(link, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
    await aDirectory(source, [{ nativeId: 'eng', people: ['U1'] }])
    assert.deepEqual(await views(ana, document), everything)
    value(await access.gateway.unlinkIdentity(link, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
    value(await access.gateway.linkIdentity(link, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), everything)
    await aDirectory(source, [])
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('a clearance given and taken back, of a person and of a group', async () => {
    const { views, ana, aGroup, write, source, aLabel, clear } = await start()
    const group = await aGroup(ana)
    await aLabel('salary', ['hr'])
    const document = await write(source, { allow: [ana], labels: ['salary'] })
    for (const principal of [ana, group]) {
      assert.deepEqual(await views(ana, document), nothing)
      await clear(principal, 'hr')
      assert.deepEqual(await views(ana, document), everything)
      await clear(principal)
    }
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('a label that is defined, defined anew and undefined', async () => {
    const { workspace, views, ana, write, source, aLabel } = await start()
    const document = await write(source, { allow: [ana], labels: ['salary'] })
    assert.deepEqual(await views(ana, document), nothing)
    await aLabel('salary', [])
    assert.deepEqual(await views(ana, document), everything)
    await aLabel('salary', ['hr'])
    assert.deepEqual(await views(ana, document), nothing)
    await aLabel('salary', [])
    assert.deepEqual(await views(ana, document), everything)
    value(await access.gateway.deleteLabel({ label: 'salary' }, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('policies that are published, replaced and rolled back', async () => {
    const { workspace, views, ana, write, source, publish } = await start()
    const document = await write(source, { allow: [ana] })
    assert.deepEqual(await views(ana, document), everything)
    const { id } = await publish('@id("p") forbid(principal, action == Action::"read", resource);')
    assert.deepEqual(await views(ana, document), nothing)
    await publish('@id("p") forbid(principal, action == Action::"read", resource) when { principal.guest };')
    assert.deepEqual(await views(ana, document), everything)
    value(await access.gateway.rollBackPolicies({ id }, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('the lists, the state and the version of a document', async () => {
    const { views, ana, write, source } = await start()
    const document = await write(source, { allow: [ana] })
    const steps = [
      { lists: { allow: [ana] }, expected: everything },
      { lists: { allow: [] }, expected: nothing },
      { lists: { allow: [ana], deny: ['workspace:members'] }, expected: nothing },
      { lists: { allow: ['public'] }, expected: everything },
      { lists: { allow: [ana], gates: ['space:none'] }, expected: nothing },
      { lists: { allow: [ana], state: 'quarantined' as const, reason: 'r' }, expected: nothing },
      { lists: { allow: [ana] }, expected: everything },
    ]
    for (const { lists, expected } of steps) {
      await write(source, lists, document)
      assert.deepEqual(await views(ana, document), expected)
    }
    const next = await write(source, { allow: [ana] }, { documentId: document.documentId })
    assert.equal((await views(ana, document))[1], 'none')
    assert.deepEqual(await views(ana, next), everything)
  })

  test('what the workspace itself says of a document and of a passage', async () => {
    const { workspace, views, ana, write, source, aLabel, clear, layer, passageOf } = await start()
    await aLabel('salary', ['hr'])
    // Only who is cleared for a label takes it off.
    await clear(workspace.admin, 'hr')
    const document = await write(source, { allow: [ana] })
    const { documentId } = document
    for (const denied of [{ deny: [ana] }, { gates: ['space:none'] }, { labels: ['salary'] }]) {
      assert.deepEqual(await views(ana, document), everything)
      await layer(documentId, denied)
      assert.deepEqual(await views(ana, document), nothing)
      await layer(documentId, {})
    }
    assert.deepEqual(await views(ana, document), everything)
    await layer(documentId, { passages: [{ passageId: passageOf(documentId), labels: ['salary'] }] })
    assert.equal((await views(ana, document))[1], 'none')
  })

  test('labels of a passage, and its redacted text', async () => {
    const { workspace, views, ana, write, source, aLabel, passageOf } = await start()
    await aLabel('salary', ['hr'], 'redacted')
    const document = await write(source, { allow: [ana] })
    const checked = async () => (await views(ana, document))[1]
    type Said = {
      sourceLabels?: string[]
      redacted?: { hash: string; marked: string[]; labels: string[]; hidesTitle: boolean }
    }
    const say = async (said: Said) => {
      const passage = {
        passageId: passageOf(document.documentId),
        section: 'all',
        sourceLabels: [],
        detectorLabels: [],
      }
      const put = { ...document, ruleVersion: 0, complete: true, passages: [{ ...passage, ...said }] }
      value(await access.retrieval.putPassages(put, workspace.as('system:retrieval')))
    }
    const redacted = { hash: 'h', marked: ['salary'], labels: ['salary'], hidesTitle: false }
    assert.equal(await checked(), 'full')
    await say({ sourceLabels: ['salary'] })
    assert.equal(await checked(), 'none')
    await say({ sourceLabels: ['salary'], redacted })
    assert.equal(await checked(), 'redacted')
    await say({ sourceLabels: ['salary'], redacted: { ...redacted, hash: 'other' } })
    assert.equal(await checked(), 'none')
    await say({ sourceLabels: ['salary'], redacted })
    assert.equal(await checked(), 'redacted')
    const hiding = { label: 'salary', title: 'Salary', requires: ['hr'], below: 'redacted' as const, hidesTitle: true }
    value(await access.gateway.putLabel(hiding, workspace.asAdmin()))
    assert.equal(await checked(), 'none')
    await say({ sourceLabels: ['salary'], redacted: { ...redacted, hidesTitle: true } })
    assert.equal(await checked(), 'redacted')
    await say({})
    assert.equal(await checked(), 'full')
  })

  test('another passage of a document that was asked for', async () => {
    const { ana, write, source, aLabel, putPassages, served, passageOf } = await start()
    await aLabel('salary', ['hr'])
    const document = await write(source, { allow: [ana] })
    const [open, closed] = [passageOf(document.documentId), newId('psg')]
    await putPassages(document, { [open]: [], [closed]: ['salary'] })
    const row = (passageId: string) => ({ ...document, passageId })
    assert.deepEqual(await served(ana, [row(open)]), [{ passageId: open, entitledView: 'full' }])
    assert.deepEqual(await served(ana, [row(closed), row(open)]), [{ passageId: open, entitledView: 'full' }])
    assert.deepEqual(await served(ana, [row(open), row(closed)]), [{ passageId: open, entitledView: 'full' }])
  })

  test('a document that changed while another one was asked for', async () => {
    const { views, ana, write, source } = await start()
    const [document, other] = [await write(source, { allow: [ana] }), await write(source, { allow: [ana] })]
    assert.deepEqual(await views(ana, document), everything)
    assert.deepEqual(await views(ana, other), everything)
    await write(source, { allow: [] }, document)
    assert.deepEqual(await views(ana, other), everything)
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('a workspace that is stopped', async () => {
    const { workspace, views, ana, write, source, passageOf } = await start()
    const { workspaceId } = workspace
    const document = await write(source, { allow: [ana] })
    assert.deepEqual(await views(ana, document), everything)
    const { revision } = value(await access.gateway.createGroup({ title: 'G' }, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), everything)
    assert.ok(await stopWorkspace(access.db, workspaceId, revision, { evenAt: true }))
    const passageId = passageOf(document.documentId)
    const candidates = [{ ...document, passageId, view: 'full' as const, hash: 'h' }]
    const ask = () => access.retrieval.checkPassages({ candidates, operation: 'search' }, workspace.as(ana))
    assert.equal(codeOf(await ask()), 'access.stopped')
  })

  test('a document that ends', async () => {
    const { views, ana, write, source, connector } = await start()
    const document = await write(source, { allow: [ana] })
    assert.deepEqual(await views(ana, document), everything)
    const ended = { dataSourceId: source, documentIds: [document.documentId] }
    value(await access.connectors.removeDocuments(ended, connector(source)))
    assert.equal((await views(ana, document))[1], 'none')
  })

  test('a person who becomes a guest', async () => {
    const { workspace, views, ana, write, source } = await start()
    const document = await write(source, { allow: ['workspace:members'] })
    assert.deepEqual(await views(ana, document), everything)
    value(await access.gateway.updateUser({ name: ana, guest: true }, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('an agent that comes between, and is stopped', async () => {
    const { workspace, views, ana, write, source, anAgent } = await start()
    const agent = await anAgent()
    const document = await write(source, { allow: [ana] })
    const closed = await write(source, { allow: [ana], denyAgents: [agent] })
    assert.deepEqual(await views(ana, closed), everything)
    assert.deepEqual(await views(ana, closed, { actors: [agent] }), nothing)
    assert.deepEqual(await views(ana, document, { actors: [agent] }), everything)
    const grants = { run: [], read: [], edit: [], publish: [], administer: [] }
    const stopped = { agent, active: false, scope: { kind: 'everything' as const }, grants }
    value(await access.agents.putAgent(stopped, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document, { actors: [agent] }), nothing)
    assert.deepEqual(await views(ana, document), everything)
  })

  test('a data source that moves to a closed space', async () => {
    const { workspace, views, ana, ben, write, source, aSpace } = await start()
    const document = await write(source, { allow: ['public'] })
    assert.deepEqual(await views(ana, document), everything)
    const moved = { dataSourceId: source, space: await aSpace(ben) }
    value(await access.connectors.putDataSource(moved, workspace.asAdmin()))
    assert.deepEqual(await views(ana, document), nothing)
    assert.deepEqual(await views(ben, document), everything)
  })

  test('facts that become stale, by the clock alone', async () => {
    const { views, ana, write, aDataSource, space } = await start()
    const bounded = await aDataSource(space, 3_600_000)
    const document = await write(bounded, { allow: [ana] })
    assert.deepEqual(await views(ana, document), everything)
    await sql`update data_source_confirmations set confirmed_at = clock_timestamp() - interval '61 minutes'
      where data_source_id = ${bounded}`.execute(access.db)
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('broken glass that runs out, by the clock alone', async () => {
    const { workspace, views, ana, write, source } = await start()
    const document = await write(source, { allow: [] })
    await access.db
      .insertInto('break_glass')
      .values({
        ...{ workspace_id: workspace.workspaceId, id: newId('bgl'), principal: ana, document_id: document.documentId },
        ...{ space: null, reason: 'An emergency', approved_by: workspace.admin, from_rev: 1, to_rev: null },
        ...{ starts_at: new Date(), ends_at: new Date(Date.now() + 3_600_000) },
      })
      .execute()
    assert.deepEqual(await views(ana, document), everything)
    await sql`update break_glass set starts_at = starts_at - interval '2 hours', ends_at = clock_timestamp() - interval '1 millisecond'
      where workspace_id = ${workspace.workspaceId}`.execute(access.db)
    assert.deepEqual(await views(ana, document), nothing)
  })

  test('somebody else hears it: the least that any of them may have, by name and by label', async () => {
    const { workspace, views, ana, ben, aUser, write, source, aLabel, clear } = await start()
    await aLabel('salary', ['hr'], 'redacted')
    await clear(ana, 'hr')
    const [hers, labelled] = [
      await write(source, { allow: [ana] }),
      await write(source, { allow: ['public'], labels: ['salary'] }),
    ]
    assert.deepEqual(await views(ana, hers), everything)
    assert.deepEqual(await views(ana, hers, { audience: [ben] }), nothing)
    assert.deepEqual(await views(ana, labelled), everything)
    // The full row is not served to Ben, and the filter asks for redacted ones.
    assert.deepEqual(await views(ana, labelled, { audience: [ben] }), ['redacted', 'none'])
    await clear(ben, 'hr')
    assert.deepEqual(await views(ana, labelled, { audience: [ben] }), everything)
    const [away, stranger] = [await aUser(), `user:${newId('usr')}`]
    value(await access.gateway.updateUser({ name: away, state: 'deactivated' }, workspace.asAdmin()))
    // Who opens nothing any more hears nothing.
    assert.deepEqual(await views(ana, hers, { audience: [away, stranger] }), everything)
  })

  test('the list of readers: who comes through a link, and nobody who is denied', async () => {
    const { workspace, ana, ben, write, source, aDirectory } = await start()
    await aDirectory(source, [{ nativeId: 'eng', people: ['U1'] }])
    const document = await write(source, { allow: [`group:${source}:eng`, ben] })
    const { documentId } = document
    const listed = async () =>
      value(await access.gateway.listReaders({ documentId }, workspace.asAdmin())).items.map(({ reader }) => reader)
    assert.deepEqual(await listed(), [ben])
    const link = { user: ana, dataSourceId: source, nativeId: 'U1' }
    value(await access.gateway.linkIdentity(link, workspace.asAdmin()))
    assert.deepEqual((await listed()).toSorted(), [ana, ben].toSorted())
    await write(source, { allow: [`group:${source}:eng`, ben], deny: [ben] }, document)
    assert.deepEqual(await listed(), [ana])
    value(await access.gateway.unlinkIdentity(link, workspace.asAdmin()))
    assert.deepEqual(await listed(), [])
  })

  test('a space or a container clears nobody, even if the tables say that it holds a clearance', async () => {
    const { workspace, views, ana, write, source, space, aLabel, aDirectory, clear } = await start()
    const link = { user: ana, dataSourceId: source, nativeId: 'U1' }
    value(await access.gateway.linkIdentity(link, workspace.asAdmin()))
    await aDirectory(source, [{ nativeId: 'channel', kind: 'container', people: ['U1'] }])
    await aLabel('salary', ['hr'])
    const document = await write(source, { allow: [`container:${source}:channel`], labels: ['salary'] })
    for (const principal of [space, `container:${source}:channel`]) {
      await access.db
        .insertInto('clearances')
        .values({ workspace_id: workspace.workspaceId, principal, clearance: 'hr', from_rev: 1, to_rev: null })
        .execute()
    }
    assert.deepEqual(await views(ana, document), nothing)
    await clear(ana, 'hr')
    assert.deepEqual(await views(ana, document), everything)
  })
})
