import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { newId } from '@tessera/shared/ids/ids'
import { anAgent, aReader, code, first, startAgents, value } from '../../test/start-agents.ts'

const definition = { instructions: 'Answer.', scope: { kind: 'everything' as const } }

test('a builder makes an agent which every member may run, and nobody else may read or change', async (t) => {
  const { ana, ben, state } = await startAgents(t)
  const made = value(await ana.client.createAgent({ handle: 'handbook', title: 'Handbook', definition }, ana.call()))
  const facts = state.agents.get(`agent:${made.agent.id}`)
  assert.deepEqual(facts?.grants, {
    run: ['workspace:members'],
    read: [ana.subject],
    edit: [ana.subject],
    publish: [ana.subject],
    administer: [ana.subject],
  })
  assert.deepEqual(facts?.scope, { kind: 'selected' }, 'unpublished, it reads nothing')
  assert.equal(code(await ana.client.createConversation({ agent: 'handbook' }, ana.call())), 'agents.not-published')
  const published = value(await ana.client.publishAgentVersion({ agentId: made.agent.id, number: 1 }, ana.call()))
  assert.equal(published.agent.publishedVersion, 1)
  assert.deepEqual(state.agents.get(`agent:${made.agent.id}`)?.scope, { kind: 'everything' })
  assert.equal(published.revision, state.revision)

  const bens = value(await ben.client.getAgent({ agentId: 'handbook' }, ben.call()))
  assert.deepEqual([bens.agent.id, bens.versions, bens.grants], [made.agent.id, undefined, undefined])
  const anas = value(await ana.client.getAgent({ agentId: made.agent.id }, ana.call()))
  assert.equal(anas.versions?.[0]?.instructions, 'Answer.')
  for (const refused of [
    await ben.client.updateAgent({ agentId: made.agent.id, title: 'Mine' }, ben.call()),
    await ben.client.createAgentVersion({ agentId: made.agent.id, definition }, ben.call()),
    await ben.client.publishAgentVersion({ agentId: made.agent.id, number: 1 }, ben.call()),
  ])
    assert.equal(code(refused), 'access.forbidden')
  assert.equal(
    code(await ben.client.createAgent({ handle: 'other', title: 'x', definition }, ben.call())),
    'access.forbidden',
  )
})

test('an agent that the caller may neither run nor read is the same as none, and is not listed', async (t) => {
  const { ana, ben } = await startAgents(t)
  const open = await anAgent(ana)
  const { agent } = value(
    await ana.client.createAgent(
      { handle: 'secret', title: 'Secret', definition, grants: { run: [ana.subject] } },
      ana.call(),
    ),
  )
  value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call()))
  const answers = async (agentId: string, handle: string) => [
    await ben.client.getAgent({ agentId }, ben.call()),
    await ben.client.getAgent({ agentId: handle }, ben.call()),
    await ben.client.updateAgent({ agentId, title: 'Mine' }, ben.call()),
    await ben.client.publishAgentVersion({ agentId, number: 1 }, ben.call()),
    await ben.client.createConversation({ agent: handle }, ben.call()),
    { ok: false as const, fault: (await ben.answer({ agent: agentId, text: 'Hello?' })).fault },
  ]
  const foreign = await answers(agent.id, agent.handle)
  assert.deepEqual(foreign, await answers(newId('agt'), 'nothing-here'))
  for (const answer of foreign) assert.equal(!answer.ok && answer.fault?.code, 'agents.not-found')
  assert.deepEqual(
    value(await ben.client.listAgents({}, ben.call())).items.map(({ id }) => id),
    [open.id],
  )
  const pages = [value(await ana.client.listAgents({ limit: 1 }, ana.call()))]
  pages.push(value(await ana.client.listAgents({ limit: 1, cursor: pages[0]?.nextCursor ?? '' }, ana.call())))
  assert.deepEqual(
    pages.flatMap(({ items }) => items.map(({ id }) => id)),
    [open.id, agent.id],
  )
  assert.equal(pages[1]?.nextCursor, undefined)
})

test('facts that access-control refuses leave nothing behind, and the same request works later', async (t) => {
  const { ana, state, db } = await startAgents(t)
  state.putAgentFault = accessFaults.fault('invalid', 'No such name.')
  const input = { handle: 'handbook', title: 'Handbook', definition }
  assert.equal(code(await ana.client.createAgent(input, ana.call())), 'access.invalid')
  assert.deepEqual(await db.selectFrom('agents').selectAll().execute(), [])
  assert.deepEqual(await db.selectFrom('agent_versions').selectAll().execute(), [])
  state.putAgentFault = undefined
  const { agent } = value(await ana.client.createAgent(input, ana.call()))
  const before = await db.selectFrom('agents').selectAll().execute()
  state.putAgentFault = accessFaults.fault('unavailable', 'Down.')
  const change = { agentId: agent.id, title: 'New', grants: { run: [ana.subject] } }
  assert.equal(code(await ana.client.updateAgent(change, ana.call())), 'access.unavailable')
  assert.equal(
    code(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call())),
    'access.unavailable',
  )
  assert.deepEqual(await db.selectFrom('agents').selectAll().execute(), before)
  state.putAgentFault = undefined
  const changed = value(await ana.client.updateAgent(change, ana.call()))
  assert.equal(changed.agent.title, 'New')
  assert.deepEqual(state.agents.get(`agent:${agent.id}`)?.grants.run, [ana.subject])
  assert.deepEqual(state.agents.get(`agent:${agent.id}`)?.grants.edit, [ana.subject])
})

test('a handle is taken once in a workspace', async (t) => {
  const { ana } = await startAgents(t)
  const input = { handle: 'handbook', title: 'Handbook', definition }
  const made = await Promise.all([1, 2, 3].map(() => ana.client.createAgent(input, ana.call())))
  assert.deepEqual(made.map((result) => (result.ok ? 'made' : result.fault.code)).toSorted(), [
    'agents.conflict',
    'agents.conflict',
    'made',
  ])
})

test('a new version runs only once it is published, and the agent then reads where that version says', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const scope = { kind: 'selected' as const, dataSourceIds: [newId('src')] }
  const next = { agentId: agent.id, definition: { instructions: 'Answer in verse.', scope, passages: 3 } }
  const versions = await Promise.all([1, 2].map(() => ana.client.createAgentVersion(next, ana.call())))
  assert.deepEqual(new Set(versions.map((result) => value(result).version.number)), new Set([2, 3]))
  await ana.answer({ agent: agent.id, text: 'How much?' })
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /verse/)
  value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 2 }, ana.call()))
  await ana.answer({ agent: agent.id, text: 'How much?' })
  assert.match(JSON.stringify(state.completions.at(-1)), /verse/)
  assert.equal(state.searches.at(-1)?.limit, 3)
  assert.deepEqual(state.agents.get(`agent:${agent.id}`)?.scope, scope)
  assert.equal(
    code(await ana.client.publishAgentVersion({ agentId: agent.id, number: 9 }, ana.call())),
    'agents.invalid',
  )
})

test('an agent that is switched off is run by nobody', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  value(await ana.client.updateAgent({ agentId: agent.id, active: false }, ana.call()))
  assert.equal(state.agents.get(`agent:${agent.id}`)?.active, false)
  const { conversationId } = first(events, 'run.started')
  assert.equal((await ana.answer({ conversationId, text: 'And?' })).fault?.code, 'agents.not-found')
})

test('each verb gives what it says and nothing more, and any of them makes the agent known', async (t) => {
  const { ana, ben, gateway, workspaceId, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const verbs = ['run', 'read', 'edit', 'publish', 'administer'] as const
  const call = ben.call()
  const attempts = {
    run: () => ben.client.createConversation({ agent: agent.id }, call),
    edit: () => ben.client.createAgentVersion({ agentId: agent.id, definition }, call),
    title: () => ben.client.updateAgent({ agentId: agent.id, title: 'New' }, call),
    publish: () => ben.client.publishAgentVersion({ agentId: agent.id, number: 1 }, call),
    administer: () => ben.client.updateAgent({ agentId: agent.id, active: true }, call),
    both: () => ben.client.updateAgent({ agentId: agent.id, active: true, title: 'New' }, call),
  }
  for (const verb of verbs) {
    const grants = Object.fromEntries(verbs.map((each) => [each, each === verb ? [ben.subject] : [ana.subject]]))
    const held = { ...grants, administer: verb === 'administer' ? [ben.subject, ana.subject] : [ana.subject] }
    value(await ana.client.updateAgent({ agentId: agent.id, grants: held }, ana.call()))
    const may: string[] = []
    for (const [name, attempt] of Object.entries(attempts)) {
      const result = await attempt()
      if (result.ok) may.push(name)
      else assert.equal(result.fault.code, name === 'run' ? 'agents.not-found' : 'access.forbidden', `${verb}: ${name}`)
    }
    assert.deepEqual(may, verb === 'edit' ? ['edit', 'title'] : verb === 'read' ? [] : [verb])
    const shown = value(await ben.client.getAgent({ agentId: agent.id }, call))
    assert.equal(shown.versions !== undefined, verb === 'read', verb)
    assert.equal(shown.grants !== undefined, verb === 'read' || verb === 'administer', verb)
  }
  const eve = aReader(gateway, workspaceId)
  assert.equal(code(await eve.client.getAgent({ agentId: agent.id }, eve.call())), 'agents.not-found')
  assert.ok(state.agents.has(`agent:${agent.id}`))
})

test('documents that a version leaves out, and its purposes, are told to access-control when it is published', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const facts = () => state.agents.get(`agent:${agent.id}`)
  const exceptDocumentIds = [newId('doc')]
  const next = { ...definition, exceptDocumentIds, purposes: ['support'] }
  value(await ana.client.createAgentVersion({ agentId: agent.id, definition: next }, ana.call()))
  assert.deepEqual([facts()?.exceptDocumentIds, facts()?.purposes], [undefined, undefined])
  value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 2 }, ana.call()))
  assert.deepEqual([facts()?.exceptDocumentIds, facts()?.purposes], [exceptDocumentIds, ['support']])
  const { versions } = value(await ana.client.getAgent({ agentId: agent.id }, ana.call()))
  assert.deepEqual(versions?.[1]?.exceptDocumentIds, exceptDocumentIds)
  value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call()))
  assert.deepEqual([facts()?.exceptDocumentIds, facts()?.purposes], [undefined, undefined])
})

test('a change that a second admin must approve leaves everything as it was, and says where it waits', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const meta = { proposalId: newId('prp') }
  state.putAgentFault = accessFaults.fault('approval-required', 'It widens what you may read.', { meta })
  const waiting = await ana.client.updateAgent({ agentId: agent.id, active: false }, ana.call())
  assert.ok(!waiting.ok && waiting.fault.code === 'access.approval-required')
  assert.deepEqual(waiting.fault.meta, meta)
  assert.equal(value(await ana.client.getAgent({ agentId: agent.id }, ana.call())).agent.active, true)
})
