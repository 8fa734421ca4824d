import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askableContent } from '../../test/questions.ts'
import { startAccessControl, value } from '../../test/start-access-control.ts'
import { tracesOf } from '../../test/traces.ts'

test('the embedded database answers the same questions, and forgets a simulation as well', async (t) => {
  const access = await startAccessControl(t, 'pglite')
  const { gateway } = access
  const a = await askableContent(access)
  const ana = await a.aUser()
  const group = await a.aGroup()
  const { documentId } = await a.write(await a.aDataSource(await a.aSpace('public')), { allow: [group] })
  const traces = await tracesOf(access.db)
  const changes = [{ type: 'membership.added' as const, container: group, member: ana }]
  const simulated = value(await gateway.simulate({ changes }, a.admin()))
  assert.deepEqual(simulated.gained, [{ reader: ana, documentId, from: 'none', to: 'full' }])
  assert.deepEqual(await tracesOf(access.db), traces)
  const { revision } = value(await a.member(group, ana))
  const question = { reader: ana, documentId }
  assert.deepEqual((await a.explain(question)).reasons, [{ code: 'allow', name: group, path: [ana, group] }])
  assert.equal((await a.explain(question, { atRevision: revision - 1 })).answer, 'no')
  assert.equal(value(await gateway.listReaders({ documentId }, a.admin())).items[0]?.reader, ana)
  assert.equal(value(await gateway.listReadable({ reader: ana }, a.admin())).items[0]?.documentId, documentId)
  assert.equal(value(await gateway.listChanges({ limit: 1 }, a.admin())).items[0]?.operation, 'addMembership')
})
