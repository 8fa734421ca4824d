import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('who gets in', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, retrieval, callFor } = access
  const asGateway = () => callFor('', 'system:gateway')

  await t.test(
    'a first token makes one pending principal, whom only getMe answers, until an admin admits it',
    async () => {
      const workspace = await access.aWorkspace('pending')
      const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'ana', displayName: 'Ana' }
      const made = await Promise.all([1, 2, 3].map(() => gateway.identify(token, asGateway())))
      const [first, ...others] = made.map((answer) => value(answer).principal)
      assert.ok(first)
      assert.deepEqual(others, [first, first])
      assert.equal(first.state, 'pending')
      const call = workspace.as(first.name)
      assert.equal(value(await gateway.getMe({}, call)).state, 'pending')
      const refused = await Promise.all([
        gateway.checkRole({ anyOf: [] }, call),
        gateway.listSpaces({}, call),
        gateway.listUsers({}, call),
        gateway.createGroup({ title: 'Mine' }, call),
        gateway.checkAgents({ verb: 'run', agents: [] }, call),
        retrieval.readerFilter({}, call),
        retrieval.checkPassages({ candidates: [], operation: 'search' }, call),
        access.agents.checkReadSets({ items: [] }, call),
      ])
      assert.deepEqual(
        refused.map(codeOf),
        refused.map(() => 'access.pending'),
      )
      value(await gateway.updateUser({ name: first.name, state: 'active' }, workspace.asAdmin()))
      value(await gateway.checkRole({ anyOf: ['member'] }, call))
    },
  )

  await t.test('a pending person is unknown to every rule', async () => {
    const workspace = await access.aWorkspace()
    const { aSpace, aDataSource, write } = contentOf(access, workspace)
    const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'ana' }
    const { name } = value(await gateway.identify(token, asGateway())).principal
    await write(await aDataSource(await aSpace('public', name)), { allow: [name, 'public'] })
    assert.equal(codeOf(await retrieval.readerFilter({}, workspace.as(name))), 'access.pending')
  })

  await t.test('a provider may admit everybody as a guest, or as a member', async () => {
    for (const joinAs of ['guest', 'member'] as const) {
      const workspace = await access.aWorkspace(joinAs)
      const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'ana' }
      const { principal } = value(await gateway.identify(token, asGateway()))
      assert.deepEqual([principal.state, principal.guest], ['active', joinAs === 'guest'])
    }
  })

  await t.test('a token of an issuer or audience that no workspace accepts is nobody', async () => {
    const { issuer, audience } = await access.aWorkspace()
    for (const token of [
      { issuer, audience: 'another-app', subject: 'root' },
      { issuer: 'https://elsewhere.example', audience, subject: 'root' },
    ]) {
      assert.equal(codeOf(await gateway.identify(token, asGateway())), 'access.unknown-issuer')
    }
  })

  await t.test('an operation of a service for itself is refused to everybody else', async () => {
    const workspace = await access.aWorkspace()
    const call = workspace.asAdmin()
    const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'x' }
    const refused = await Promise.all([
      gateway.listProviders({}, call),
      gateway.identify(token, call),
      gateway.identifyKey({ secretHash: 'a'.repeat(64) }, call),
      retrieval.listWorkspaces({}, call),
      retrieval.indexFacts({ documentIds: [] }, call),
      retrieval.changedDocuments({ afterRevision: 0, limit: 1 }, call),
    ])
    assert.deepEqual(
      refused.map(codeOf),
      refused.map(() => 'access.forbidden'),
    )
  })

  await t.test(
    'only an admin in person administers: nobody else, no agent, no narrow key, no admin of another workspace',
    async () => {
      const workspace = await access.aWorkspace()
      const { aUser } = contentOf(access, workspace)
      const stranger = await access.aWorkspace()
      const service = value(await gateway.createServiceAccount({ displayName: 'App' }, workspace.asAdmin()))
        .serviceAccount.name
      const calls = [
        workspace.as(await aUser({ roles: ['builder', 'member'] })),
        workspace.as(service),
        workspace.as(workspace.admin, [`agent:${newId('agt')}`]),
        workspace.as(workspace.admin, [], ['push']),
        workspace.as(stranger.admin),
        callFor(newId('wsp'), workspace.admin),
      ]
      for (const call of calls) {
        const answers = await Promise.all([
          gateway.createUser({ issuer: workspace.issuer, subject: 'eve', displayName: 'Eve' }, call),
          gateway.createKey({ title: 'Key', principal: workspace.admin, scopes: ['all'] }, call),
          gateway.listUsers({}, call),
          gateway.getWorkspace({}, call),
          gateway.listProposals({}, call),
          gateway.checkRole({ anyOf: ['admin'] }, call),
        ])
        assert.deepEqual(
          answers.map(codeOf),
          answers.map(() => 'access.forbidden'),
        )
      }
      value(await gateway.checkRole({ anyOf: ['admin'] }, workspace.as(workspace.admin, [], ['all'])))
    },
  )

  await t.test('a right taken back is gone for the write that comes next', async () => {
    const workspace = await access.aWorkspace()
    const second = await contentOf(access, workspace).aUser({ roles: ['admin'] })
    value(await gateway.createGroup({ title: 'By the second' }, workspace.as(second)))
    value(await gateway.updateUser({ name: second, roles: ['member'] }, workspace.asAdmin()))
    assert.equal(codeOf(await gateway.createGroup({ title: 'Again' }, workspace.as(second))), 'access.forbidden')
  })

  await t.test('the last active admin stays one', async () => {
    const workspace = await access.aWorkspace()
    const last = await gateway.updateUser({ name: workspace.admin, roles: ['member'] }, workspace.asAdmin())
    assert.equal(codeOf(last), 'access.conflict')
    await contentOf(access, workspace).aUser({ roles: ['admin'] })
    value(await gateway.updateUser({ name: workspace.admin, state: 'deactivated' }, workspace.asAdmin()))
  })

  await t.test('one person is one user, and an identity of a source is one person', async () => {
    const workspace = await access.aWorkspace()
    const { aUser, aDataSource, aSpace } = contentOf(access, workspace)
    const [ana, ben] = [await aUser({ subject: 'ana' }), await aUser()]
    const again = { issuer: workspace.issuer, subject: 'ana', displayName: 'Ana' }
    assert.equal(codeOf(await gateway.createUser(again, workspace.asAdmin())), 'access.conflict')
    const elsewhere = { ...again, issuer: 'https://elsewhere.example' }
    assert.equal(codeOf(await gateway.createUser(elsewhere, workspace.asAdmin())), 'access.invalid')
    const link = { dataSourceId: await aDataSource(await aSpace()), nativeId: 'U02' }
    value(await gateway.linkIdentity({ ...link, user: ana }, workspace.asAdmin()))
    assert.equal(codeOf(await gateway.linkIdentity({ ...link, user: ben }, workspace.asAdmin())), 'access.conflict')
  })

  await t.test('lists page through everything, once, in order', async () => {
    const workspace = await access.aWorkspace()
    const { aUser, aGroup } = contentOf(access, workspace)
    const users = await Promise.all(Array.from({ length: 7 }, () => aUser()))
    const group = await aGroup(...users)
    const seen: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = value(await gateway.listUsers({ limit: 3, ...(cursor ? { cursor } : {}) }, workspace.asAdmin()))
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor
      if (!cursor) break
    }
    assert.deepEqual(seen, [...users, workspace.admin].toSorted())
    const first = value(await gateway.listMemberships({ container: group, limit: 4 }, workspace.asAdmin()))
    assert.ok(first.nextCursor)
    const rest = value(
      await gateway.listMemberships({ container: group, limit: 4, cursor: first.nextCursor }, workspace.asAdmin()),
    )
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ member }) => member),
      users.toSorted(),
    )
    assert.equal(rest.nextCursor, undefined)
    assert.equal(codeOf(await gateway.listMemberships({ cursor: 'bm8' }, workspace.asAdmin())), 'access.invalid')
  })

  await t.test('members of a space see that space, an admin sees all', async () => {
    const workspace = await access.aWorkspace()
    const { aUser, aGroup, aSpace } = contentOf(access, workspace)
    const ana = await aUser()
    const [hers, other] = [await aSpace(await aGroup(ana)), await aSpace()]
    const spacesOf = async (name: string) =>
      value(await gateway.listSpaces({}, workspace.as(name))).items.map((space) => space.name)
    assert.deepEqual(await spacesOf(ana), [hers])
    assert.deepEqual(await spacesOf(workspace.admin), [hers, other].toSorted())
  })

  await t.test(
    'spaces do not nest, agents and identities are no members, and a group of a source is filled by its source',
    async () => {
      const workspace = await access.aWorkspace()
      const { aUser, aGroup, aSpace, aDataSource, connector } = contentOf(access, workspace)
      const [group, space] = [await aGroup(), await aSpace()]
      const dataSourceId = await aDataSource(space)
      const groups = [{ nativeId: 'eng', kind: 'group' as const, title: 'Eng', people: [], groups: [] }]
      value(await access.connectors.putDirectory({ dataSourceId, groups }, connector(dataSourceId)))
      const add = (container: string, member: string) =>
        gateway.addMembership({ container, member }, workspace.asAdmin())
      assert.equal(codeOf(await add(group, space)), 'access.invalid')
      assert.equal(codeOf(await add(space, `agent:${newId('agt')}`)), 'access.invalid')
      assert.equal(codeOf(await add(group, `identity:${dataSourceId}:U02`)), 'access.invalid')
      assert.equal(codeOf(await add(`group:${dataSourceId}:eng`, await aUser())), 'access.forbidden')
      assert.equal(codeOf(await add(group, `user:${newId('usr')}`)), 'access.not-found')
      assert.equal(
        codeOf(await gateway.deleteGroup({ name: `group:${dataSourceId}:eng` }, workspace.asAdmin())),
        'access.forbidden',
      )
      value(await add(group, `group:${dataSourceId}:eng`))
    },
  )
})
