import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

const nobody = { run: [], read: [], edit: [], publish: [], administer: [] }

test('agents', async (t) => {
  const access = await startAccessControl(t)
  const { agents, gateway } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const put = (agent: string, fields: object = {}, call = workspace.as('system:agents')) =>
      agents.putAgent({ agent, active: true, scope: { kind: 'everything' }, grants: nobody, ...fields }, call)
    const anAgent = async (fields: object = {}) => {
      const agent = `agent:${newId('agt')}`
      value(await put(agent, fields))
      return agent
    }
    return { workspace, ...content, put, anAgent }
  }

  await t.test('with a person an agent reads what both cover, through the whole chain', async () => {
    const { aUser, aSpace, aDataSource, write, readable, anAgent } = await start()
    const ana = await aUser()
    const [one, two] = [await aDataSource(await aSpace(ana)), await aDataSource(await aSpace(ana))]
    const wide = await anAgent()
    const documents = [
      await write(one, { allow: [ana] }),
      await write(two, { allow: [ana] }),
      await write(one, { allow: [] }),
      await write(one, { allow: [ana], denyAgents: [wide] }),
      await write(one, { allow: [ana], denyAgents: ['*'] }),
    ]
    const [a, b, , d, e] = documents.map(({ documentId }) => documentId)
    const narrow = await anAgent({ scope: { kind: 'selected', dataSourceIds: [one] }, exceptDocumentIds: [e] })
    const read = (actors: string[]) => readable(ana, documents, actors)
    assert.deepEqual(await read([]), [a, b, d, e])
    assert.deepEqual(await read([wide]), [a, b])
    assert.deepEqual(await read([narrow]), [a, d])
    assert.deepEqual(await read([narrow, wide]), [a])
    assert.deepEqual(await read([await anAgent({ active: false })]), [])
    assert.deepEqual(await read([`agent:${newId('agt')}`]), [])
    assert.deepEqual(await read([ana]), [])
  })

  await t.test('without a person it reads what its service account does, within its scope', async () => {
    const { workspace, aSpace, aDataSource, write, readable, anAgent } = await start()
    const serviceAccount = value(await gateway.createServiceAccount({ displayName: 'Bot' }, workspace.asAdmin()))
      .serviceAccount.name
    const space = await aSpace(serviceAccount)
    const [one, two] = [await aDataSource(space), await aDataSource(space)]
    const agent = await anAgent({ serviceAccount, scope: { kind: 'selected', dataSourceIds: [one] } })
    const documents = [
      await write(one, { allow: [serviceAccount] }),
      await write(two, { allow: [serviceAccount] }),
      await write(one, { allow: ['workspace:members'] }),
      await write(one, { allow: ['public'] }),
    ]
    const [a, , , d] = documents.map(({ documentId }) => documentId)
    assert.deepEqual(await readable(serviceAccount, documents, [agent]), [a, d])
  })

  await t.test('a switched-off agent reads nothing from the next check on', async () => {
    const { aUser, aSpace, aDataSource, write, readable, put, anAgent } = await start()
    const ana = await aUser()
    const document = await write(await aDataSource(await aSpace(ana)), { allow: [ana] })
    const agent = await anAgent()
    assert.equal((await readable(ana, [document], [agent])).length, 1)
    value(await put(agent, { active: false }))
    assert.deepEqual(await readable(ana, [document], [agent]), [])
  })

  await t.test('verbs are separate, and are held through groups', async () => {
    const { workspace, aUser, aGroup, anAgent } = await start()
    const [ana, ben] = [await aUser(), await aUser()]
    const grants = { ...nobody, run: ['workspace:members'], edit: [await aGroup(ana)] }
    const [agent, idle] = [await anAgent({ grants }), await anAgent({ grants, active: false })]
    const held = async (who: string, verb: 'run' | 'read' | 'edit' | 'administer', actors: string[] = []) =>
      value(await agents.checkAgents({ verb, agents: [agent, idle] }, workspace.as(who, actors))).allowed.toSorted()
    assert.deepEqual(await held(ana, 'run'), [agent])
    assert.deepEqual(await held(ana, 'edit'), [agent, idle].toSorted())
    assert.deepEqual(await held(ana, 'read'), [])
    assert.deepEqual(await held(ben, 'edit'), [])
    assert.deepEqual(await held(workspace.admin, 'administer'), [agent, idle].toSorted())
    assert.deepEqual(await held(workspace.admin, 'read'), [])
    assert.deepEqual(await held(ana, 'run', [agent]), [agent])
    assert.deepEqual(await held(ana, 'run', [await anAgent()]), [])
  })

  await t.test(
    'builders begin agents, administrators give rights, publishers set where it reads, and nobody but an admin gives it an account',
    async () => {
      const { workspace, aUser, put } = await start()
      const [builder, publisher, other] = [await aUser({ roles: ['builder'] }), await aUser(), await aUser()]
      const service = value(await gateway.createServiceAccount({ displayName: 'Bot' }, workspace.asAdmin()))
        .serviceAccount.name
      const agent = `agent:${newId('agt')}`
      const grants = { ...nobody, administer: [builder], publish: [publisher] }
      assert.equal(codeOf(await put(agent, { grants }, workspace.as(other))), 'access.forbidden')
      value(await put(agent, { grants }, workspace.as(builder)))
      const scope = { kind: 'selected', documentIds: [] }
      assert.equal(codeOf(await put(agent, { grants, scope }, workspace.as(other))), 'access.forbidden')
      value(await put(agent, { grants, scope }, workspace.as(publisher)))
      const widened = { ...grants, run: [publisher] }
      assert.equal(codeOf(await put(agent, { grants: widened, scope }, workspace.as(publisher))), 'access.forbidden')
      value(await put(agent, { grants: widened, scope }, workspace.as(builder)))
      const account = { grants: widened, scope, serviceAccount: service }
      assert.equal(codeOf(await put(agent, account, workspace.as(builder))), 'access.forbidden')
      value(await put(agent, account, workspace.asAdmin()))
    },
  )
})
