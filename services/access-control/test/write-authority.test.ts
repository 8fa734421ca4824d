import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { codeOf, startAccessControl, value } from './start-access-control.ts'
import { type Actor, aWorld, callOf, type World, writes } from './write-operations.ts'

const actors: readonly Actor[] = [
  ...(['member', 'guest', 'pending', 'deactivated', 'service', 'builder', 'auditor'] as const),
  ...(['delegate', 'otherDelegate', 'connector', 'otherConnector', 'agentForAdmin', 'appForAdmin'] as const),
  ...(['narrowKeyOfAdmin', 'stranger', 'systemGateway', 'systemAgents', 'systemRetrieval', 'admin'] as const),
]
const refusals = ['access.forbidden', 'access.pending', 'access.deactivated']
/** Who may not know of a passage is told that there is none. */
const hides = ['proposeDigest', 'approveDigest', 'withdrawDigest']

test('every operation that changes something stands in the table', () => {
  const declared = Object.entries(accessContract.operations)
    .filter(([, { faults }]) => (faults as readonly string[]).includes('access.approval-required'))
    .map(([name]) => name)
  assert.deepEqual(Object.keys(writes).toSorted(), declared.toSorted())
  for (const [name, { alone }] of Object.entries(writes)) assert.ok(alone === 'two' || alone.length > 10, name)
})

test('actor × fact × data source: who may write what, and nobody else changes anything', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const world = await aWorld(access, workspace)
  const { admin: stranger } = await access.aWorkspace()
  const revision = async () => value(await access.gateway.getMe({}, workspace.asAdmin())).revision
  for (const [name, { call, allowed }] of Object.entries(writes)) {
    await t.test(name, async () => {
      const before = await revision()
      const asked = actors
        .filter((one) => !allowed.includes(one))
        .map(async (actor) => {
          const code = codeOf(await call(world, callOf(world, actor, stranger)))
          const codes = hides.includes(name) ? [...refusals, 'access.not-found'] : refusals
          assert.ok(code && codes.includes(code), `${actor}: ${code}`)
        })
      await Promise.all(asked)
      assert.equal(await revision(), before)
      for (const actor of allowed) {
        const code = codeOf(await call(world, callOf(world, actor, stranger)))
        assert.ok(code === undefined || !refusals.includes(code), `${actor}: ${code}`)
      }
    })
  }
})

test('with two admins, what may widen waits for the second, and nothing else does', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const world: World = await aWorld(access, workspace)
  value(await access.gateway.updateWorkspace({ twoAdmins: true }, workspace.asAdmin()))
  const revision = async () => value(await access.gateway.getMe({}, workspace.asAdmin())).revision
  for (const [name, { call, allowed, alone }] of Object.entries(writes).filter(
    ([, write]) => write.allowed.length > 0,
  )) {
    await t.test(name, async () => {
      const [actor = 'admin'] = allowed
      const before = await revision()
      const code = codeOf(await call(world, callOf(world, actor, '')))
      assert.equal(code === 'access.approval-required', alone === 'two', code)
      if (alone === 'two') assert.equal(await revision(), before)
    })
  }
})
