import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'
import { stopWorkspace } from './stop-workspace.ts'

test('a restored backup', async (t) => {
  const access = await startAccessControl(t)
  const { db, gateway, retrieval } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const ana = await content.aUser()
    const document = await content.write(await content.aDataSource(await content.aSpace(ana)), { allow: [ana] })
    const { revision } = value(await gateway.getMe({}, workspace.asAdmin()))
    const settings = async () => value(await gateway.getWorkspace({}, workspace.asAdmin())).workspace
    return { workspace, ...content, ana, document, revision, settings }
  }

  await t.test(
    'a revision above the highest stops decisions and writes, until an admin confirms that very revision',
    async () => {
      const { workspace, ana, document, revision, settings, readable } = await start()
      assert.equal(
        codeOf(await gateway.listSpaces({ atLeast: revision + 7 }, workspace.as(ana))),
        'access.future-revision',
      )
      const stopped = await Promise.all([
        gateway.createGroup({ title: 'G' }, workspace.asAdmin()),
        gateway.listSpaces({}, workspace.as(ana)),
        gateway.listUsers({}, workspace.asAdmin()),
        retrieval.readerFilter({}, workspace.as(ana)),
      ])
      assert.deepEqual(
        stopped.map(codeOf),
        stopped.map(() => 'access.stopped'),
      )
      value(await gateway.getMe({}, workspace.as(ana)))
      assert.equal((await settings()).stopped?.seenRevision, revision + 7)
      const resume = (seenRevision: number, call = workspace.asAdmin()) =>
        gateway.resumeWorkspace({ seenRevision }, call)
      assert.equal(codeOf(await resume(revision + 6)), 'access.conflict')
      assert.equal(codeOf(await resume(revision + 7, workspace.as(ana))), 'access.forbidden')
      const resumed = value(await resume(revision + 7)).revision
      assert.ok(resumed > revision + 7)
      assert.equal((await settings()).stopped, undefined)
      assert.deepEqual(await readable(ana, [document]), [document.documentId])
      value(await gateway.listSpaces({ atLeast: revision + 7 }, workspace.as(ana)))
      assert.equal(codeOf(await resume(revision + 7)), 'access.conflict')
      const after = { afterRevision: revision + 7, limit: 10 }
      const changed = value(await retrieval.changedDocuments(after, workspace.as('system:retrieval')))
      assert.deepEqual(
        changed.documents.map(({ documentId }) => documentId),
        [document.documentId],
      )
    },
  )

  await t.test('an index that has followed further than the database stops it, too', async () => {
    const { workspace, revision, settings } = await start()
    const after = { afterRevision: revision + 3, limit: 10 }
    await retrieval.changedDocuments(after, workspace.as('system:retrieval'))
    assert.equal((await settings()).stopped?.seenRevision, revision + 3)
  })

  await t.test('the highest revision counts, a lower one and one that was reached stop nothing', async () => {
    const { workspace, revision, settings } = await start()
    const { workspaceId } = workspace
    assert.equal(await stopWorkspace(db, workspaceId, revision), false)
    assert.equal(await stopWorkspace(db, newId('wsp'), revision), false)
    assert.equal((await settings()).stopped, undefined)
    for (const seen of [revision + 2, revision + 9, revision + 1]) assert.ok(await stopWorkspace(db, workspaceId, seen))
    assert.equal((await settings()).stopped?.seenRevision, revision + 9)
  })

  await t.test('another history at the same revision stops it when a checkpoint says so', async () => {
    const { workspace, revision, settings } = await start()
    assert.ok(await stopWorkspace(db, workspace.workspaceId, revision - 1, { evenAt: true }))
    assert.equal((await settings()).stopped?.seenRevision, revision)
    value(await gateway.resumeWorkspace({ seenRevision: revision }, workspace.asAdmin()))
  })

  await t.test('policies that a lost version number stood for are not those of the next version', async () => {
    const { workspace, ana, document, revision, readable } = await start()
    const { workspaceId } = workspace
    const publish = async (text: string) => {
      const { policySet } = value(await gateway.createPolicySet({ title: 'P', text, tests: [] }, workspace.asAdmin()))
      value(await gateway.publishPolicySet({ id: policySet.id }, workspace.asAdmin()))
    }
    await publish('@id("other") forbid (principal, action == Action::"read", resource) when { principal.guest };')
    assert.deepEqual(await readable(ana, [document]), [document.documentId])
    // What a backup of before the publishing holds.
    for (const table of ['policy_sets', 'policy_versions'] as const)
      await db.deleteFrom(table).where('workspace_id', '=', workspaceId).execute()
    await db.deleteFrom('changes').where('workspace_id', '=', workspaceId).where('revision', '>', revision).execute()
    await db.updateTable('workspaces').set({ revision, policy_version: 0 }).where('id', '=', workspaceId).execute()
    assert.ok(await stopWorkspace(db, workspaceId, revision + 2))
    value(await gateway.resumeWorkspace({ seenRevision: revision + 2 }, workspace.asAdmin()))
    await publish('@id("all") forbid (principal, action == Action::"read", resource);')
    assert.deepEqual(await readable(ana, [document]), [])
  })

  await t.test('one workspace stops, the others go on', async () => {
    const { workspace, ana, revision } = await start()
    const other = await access.aWorkspace()
    await gateway.listSpaces({ atLeast: revision + 1 }, workspace.as(ana))
    value(await gateway.createGroup({ title: 'G' }, other.asAdmin()))
  })

  await t.test('somebody new is not taken in meanwhile', async () => {
    const { workspace, revision } = await start()
    await stopWorkspace(db, workspace.workspaceId, revision + 1)
    const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'new' }
    const answer = await gateway.identify(token, access.callFor('', 'system:gateway'))
    assert.equal(codeOf(answer), 'access.unavailable')
  })
})
