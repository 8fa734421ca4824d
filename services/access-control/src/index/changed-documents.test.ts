import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { contentOf } from '../../test/content.ts'
import { startAccessControl, value, type Workspace } from '../../test/start-access-control.ts'

test('what changed for the index', async (t) => {
  const access = await startAccessControl(t)
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const space = await content.aSpace()
    return { workspace, ...content, space, source: await content.aDataSource(space) }
  }
  const page = async (workspace: Workspace, after: { revision: number; documentId?: string }, limit: number) =>
    value(
      await access.retrieval.changedDocuments(
        { afterRevision: after.revision, limit, ...(after.documentId ? { afterDocumentId: after.documentId } : {}) },
        workspace.as('system:retrieval'),
      ),
    )
  /** As an index does: page by page until there is no more; then from the revision that was reached. */
  async function follow(
    workspace: Workspace,
    from: number,
    index: Map<string, IndexFacts>,
    limit: number,
  ): Promise<number> {
    let after: { revision: number; documentId?: string } = { revision: from }
    for (;;) {
      const { documents, revision, more } = await page(workspace, after, limit)
      for (const facts of documents) index.set(facts.documentId, facts)
      const last = documents.at(-1)
      if (!more || !last) return revision
      after = { revision: last.revision, documentId: last.documentId }
    }
  }

  await t.test('an index that follows while others write misses nothing and ends with the facts in force', async () => {
    const { workspace, source, aDataSource, space, write, connector } = await start()
    const other = await aDataSource(space)
    const index = new Map<string, IndexFacts>()
    let reached = 0
    const writer = async (dataSourceId: string) => {
      for (let round = 0; round < 6; round++) {
        const first = await write(dataSourceId, { allow: ['public'] })
        const second = await write(dataSourceId, { allow: ['workspace:members'], state: 'quarantined' })
        await write(dataSourceId, { allow: ['workspace:members'] }, second)
        const ended = { dataSourceId, documentIds: [first.documentId] }
        if (round % 2) value(await access.connectors.removeDocuments(ended, connector(dataSourceId)))
      }
    }
    const writing = Promise.all([writer(source), writer(source), writer(other)])
    const state = { done: false }
    const finished = writing.finally(() => {
      state.done = true
    })
    while (!state.done) reached = await follow(workspace, reached, index, 3)
    await finished
    reached = await follow(workspace, reached, index, 3)
    const written = await access.db
      .selectFrom('documents')
      .select('document_id')
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    const documentIds = written.map((row) => row.document_id)
    const { documents } = value(await access.retrieval.indexFacts({ documentIds }, workspace.as('system:retrieval')))
    assert.equal(documents.length, 36)
    assert.deepEqual(
      [...index.values()].toSorted((left, right) => left.documentId.localeCompare(right.documentId)),
      documents.toSorted((left, right) => left.documentId.localeCompare(right.documentId)),
    )
    assert.deepEqual((await page(workspace, { revision: reached }, 10)).documents, [])
  })

  await t.test('a data source that moves to another space changes each of its documents, and no other', async () => {
    const { workspace, source, space, aSpace, aDataSource, write } = await start()
    const mine = [
      await write(source, { allow: ['public'] }),
      await write(source, { allow: ['public'], gates: [space] }),
    ]
    await write(await aDataSource(space), { allow: ['public'] })
    const index = new Map<string, IndexFacts>()
    const reached = await follow(workspace, 0, index, 100)
    const target = await aSpace()
    value(await access.connectors.putDataSource({ dataSourceId: source, space: target }, workspace.asAdmin()))
    const { documents } = await page(workspace, { revision: reached }, 100)
    assert.deepEqual(
      documents.map(({ documentId, space: now }) => [documentId, now]),
      mine.map(({ documentId }) => [documentId, target]),
    )
    for (const { documentId, signature } of documents) assert.notEqual(signature, index.get(documentId)?.signature)
    assert.notEqual(documents[0]?.signature, documents[1]?.signature)
  })

  await t.test('groups and memberships touch no document', async () => {
    const { workspace, source, aUser, aGroup, write, connector } = await start()
    const ana = await aUser()
    const group = await aGroup()
    await write(source, { allow: [group] })
    const reached = await follow(workspace, 0, new Map(), 100)
    value(await access.gateway.addMembership({ container: group, member: ana }, workspace.asAdmin()))
    const groups = [{ nativeId: 'eng', kind: 'group' as const, title: '', people: ['x'], groups: [] }]
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const { documents, revision } = await page(workspace, { revision: reached }, 100)
    assert.deepEqual([documents, revision > reached], [[], true])
  })

  await t.test('only documents with ready facts are searchable, and what has ended shows nobody', async () => {
    const { workspace, source, write, connector } = await start()
    const written = [
      await write(source, { allow: ['public'] }),
      await write(source, { allow: ['public'], state: 'pending' }),
      await write(source, { allow: ['public'], state: 'quarantined' }),
      await write(source, { allow: ['public'] }),
    ]
    const documentIds = written.map(({ documentId }) => documentId)
    const ended = { dataSourceId: source, documentIds: documentIds.slice(3) }
    value(await access.connectors.removeDocuments(ended, connector(source)))
    const { documents } = value(await access.retrieval.indexFacts({ documentIds }, workspace.as('system:retrieval')))
    assert.deepEqual(
      documents.map(({ searchable, allow }) => [searchable, allow]),
      [
        [true, ['public']],
        [false, []],
        [false, []],
        [false, []],
      ],
    )
    const elsewhere = await access.aWorkspace()
    const foreign = await access.retrieval.indexFacts({ documentIds }, elsewhere.as('system:retrieval'))
    assert.deepEqual(value(foreign).documents, [])
  })
})
