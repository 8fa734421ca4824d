import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { eventually } from '@tessera/testkit/eventually'
import { contentOf } from '../../test/content.ts'
import { startAccessControl, value } from '../../test/start-access-control.ts'

test('writes at once get revisions of their own, without a gap, each with its author', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const made = await Promise.all(
    Array.from({ length: 12 }, () => access.gateway.createGroup({ title: 'Group' }, workspace.asAdmin())),
  )
  const revisions = made.map((answer) => value(answer).revision).toSorted((left, right) => left - right)
  assert.deepEqual(
    revisions,
    Array.from({ length: 12 }, (_, index) => index + 2),
  )
  const changes = await access.db
    .selectFrom('changes')
    .selectAll()
    .where('revision', '>', 1)
    .orderBy('revision')
    .execute()
  assert.deepEqual(
    changes.map(({ revision, operation, subject }) => [revision, operation, subject]),
    revisions.map((revision) => [revision, 'createGroup', workspace.admin]),
  )
})

test('what no longer holds stays, from one revision to another', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const { aUser, aGroup } = contentOf(access, workspace)
  const member = await aUser()
  const container = await aGroup(member)
  const { revision } = value(await access.gateway.removeMembership({ container, member }, workspace.asAdmin()))
  const rows = await access.db.selectFrom('memberships').select(['from_rev', 'to_rev']).execute()
  assert.deepEqual(rows, [{ from_rev: revision - 1, to_rev: revision }])
})

test('access.changed follows a change with the revision that was reached', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const heard: number[] = []
  await access.busOf('retrieval').subscribe(accessContract, 'changed', async ({ workspaceId, revision }) => {
    if (workspaceId === workspace.workspaceId) heard.push(revision)
  })
  let last = 0
  for (let count = 0; count < 5; count++) {
    last = value(await access.gateway.createGroup({ title: 'Group' }, workspace.asAdmin())).revision
  }
  await eventually(() => heard.includes(last))
})
