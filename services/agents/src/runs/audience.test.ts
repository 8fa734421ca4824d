import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { eventually } from '@tessera/testkit/eventually'
import { aPassage, saying, twoHalves } from '../../test/neighbours.ts'
import { anAgent, aReader, first, join, read, startAgents, typesOf, value } from '../../test/start-agents.ts'
import type { Boundary } from './run-agent.ts'

/** Ana and ben in a conversation. Both read one document, ana another one as well. */
async function startTogether(t: Parameters<typeof startAgents>[0], options: Parameters<typeof startAgents>[1] = {}) {
  const started = await startAgents(t, options)
  const { ana, ben, state, passage } = started
  const agent = await anAgent(ana)
  const { id: conversationId } = value(await ana.client.createConversation({ agent: agent.id }, ana.call()))
  await join(ana, ben, conversationId)
  const anasOwn = aPassage('Directors get 40 days of leave.', 'Directors')
  state.passages.unshift(anasOwn)
  state.readable.get(ana.subject)?.add(anasOwn.documentId)
  state.readable.set(ben.subject, new Set([passage.documentId]))
  return { ...started, agent, conversationId, anasOwn }
}

test('an answer for everyone is made of what all may open, and nothing tells that there was more', async (t) => {
  const { ana, ben, state, passage, conversationId } = await startTogether(t)
  const asked = await ana.answer({ conversationId, text: 'How much leave?' })
  assert.deepEqual(state.searches.at(-1)?.audience, [ben.subject])
  assert.doesNotMatch(JSON.stringify([state.completions.at(-1), asked.events]), /40 days|Directors/)
  const found = first(asked.events, 'passages.found').passages
  assert.deepEqual(
    found.map(({ marker, passageId }) => [marker, passageId]),
    [['[1]', passage.passageId]],
  )
  // The same as for somebody who may not read it and asks alone.
  const alone = await ben.answer({ conversationId, text: 'How much leave?', audience: 'me' })
  assert.deepEqual(typesOf(asked.events), typesOf(alone.events))
  assert.deepEqual(
    Object.keys(first(asked.events, 'passages.found')),
    Object.keys(first(alone.events, 'passages.found')),
  )

  const mine = await ana.answer({ conversationId, text: 'How much leave?', audience: 'me' })
  assert.deepEqual(state.searches.at(-1)?.audience, [])
  assert.equal(first(mine.events, 'passages.found').passages.length, 2)
})

test('who leaves is no part of the audience from the next question on, and who is only invited never is', async (t) => {
  const { ana, ben, state, gateway, workspaceId, conversationId } = await startTogether(t)
  const eve = aReader(gateway, workspaceId)
  value(await ana.client.addParticipant({ conversationId, name: eve.subject }, ana.call()))
  value(await ben.client.leaveConversation({ conversationId }, ben.call()))
  const { events } = await ana.answer({ conversationId, text: 'How much leave?' })
  assert.deepEqual(state.searches.at(-1)?.audience, [])
  assert.equal(first(events, 'passages.found').passages.length, 2)
})

test('history enters a prompt only if all may open it now; who asks is refused by their own rights alone', async (t) => {
  const { ana, ben, state, passage, conversationId } = await startTogether(t)
  await ana.answer({ conversationId, text: 'How much leave?' })
  state.model = saying('Ask early.')
  await ben.answer({ conversationId, text: 'And then?' })
  assert.match(JSON.stringify(state.completions.at(-1)), /You get 30 days/)
  state.readable.get(ben.subject)?.delete(passage.documentId)
  const after = await ana.answer({ conversationId, text: 'And after that?' })
  assert.equal(after.events.at(-1)?.type, 'run.completed', 'ana is not told that ben may not open it')
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /30 days|Ask early/)
  assert.match(JSON.stringify(state.completions.at(-1)), /And then\?/)
  const { messages } = await ana.conversation(conversationId)
  const answer = messages.find(({ text }) => text === 'You get 30 days [1].')?.id ?? ''
  const bens = await ben.answer({ conversationId, parentId: answer, text: 'Why?' })
  assert.equal(bens.fault?.code, 'agents.withheld')
})

test('a right that one of the audience loses while the model speaks ends the run for all; who left meanwhile ends nothing', async (t) => {
  const { ana, ben, state, passage, conversationId } = await startTogether(t)
  const told = twoHalves(state)
  let messageId = ''
  const benHears = Promise.withResolvers<void>()
  const listen = async () => {
    const heard: RunEvent[] = []
    for await (const event of ben.client.readEvents({ conversationId, messageId, after: 0 }, ben.call())) {
      assert.ok(event.ok)
      heard.push(event.value)
      if (event.value.type === 'text.delta') benHears.resolve()
    }
    return heard
  }
  const listening: Promise<RunEvent[]>[] = []
  const asked: RunEvent[] = []
  for await (const event of ana.ask({ conversationId, text: 'How much?' })) {
    assert.ok(event.ok)
    asked.push(event.value)
    if (event.value.type === 'run.started') {
      ;({ messageId } = event.value)
      listening.push(listen())
    }
    if (event.value.type !== 'text.delta') continue
    await benHears.promise
    state.readable.get(ben.subject)?.clear()
    state.revision++
  }
  assert.equal(first(asked, 'run.cancelled').reason, 'access.revoked')
  const [heard] = await Promise.all(listening)
  assert.equal(heard?.at(-1)?.type, 'run.cancelled')
  assert.equal((await ben.events(conversationId, messageId)).fault?.code, 'agents.withheld')
  assert.equal((await ben.conversation(conversationId)).messages.at(-1)?.withheld, true)

  told.resolve()
  state.readable.get(ben.subject)?.add(passage.documentId)
  const second = twoHalves(state)
  const checked = state.checks.length
  const events = []
  for await (const event of ana.ask({ conversationId, text: 'And now?' })) {
    assert.ok(event.ok)
    events.push(event.value)
    if (event.value.type !== 'text.delta' || state.readable.get(ben.subject)?.size === 0) continue
    value(await ana.client.removeParticipant({ conversationId, name: ben.subject }, ana.call()))
    state.readable.get(ben.subject)?.clear()
    state.revision++
    await eventually(() => assert.ok(state.checks.slice(checked).some(({ items }) => items[0]?.id === 'prompt')))
    second.resolve()
  }
  assert.equal(events.at(-1)?.type, 'run.completed')
})

test('who joins while a run is going hears it only when it has ended, by their own rights, and the next one live', async (t) => {
  const { ana, state, passage, conversationId, gateway, workspaceId } = await startTogether(t)
  const eve = aReader(gateway, workspaceId)
  state.readable.set(eve.subject, new Set([passage.documentId]))
  const told = twoHalves(state)
  let messageId = ''
  for await (const event of ana.ask({ conversationId, text: 'How much?' })) {
    assert.ok(event.ok)
    if (event.value.type === 'run.started') ({ messageId } = event.value)
    if (event.value.type !== 'text.delta') continue
    if (value(await ana.client.listParticipants({ conversationId }, ana.call())).items.length === 3) continue
    await join(ana, eve, conversationId)
    assert.deepEqual(await eve.events(conversationId, messageId).then(({ events, fault }) => [events, fault?.code]), [
      [],
      'agents.withheld',
    ])
    const running = (await eve.conversation(conversationId)).messages.at(-1)
    assert.deepEqual([running?.state, running?.text], ['running', ''])
    told.resolve()
  }
  assert.equal((await eve.events(conversationId, messageId)).events.at(-1)?.type, 'run.completed')
  assert.equal((await eve.conversation(conversationId)).messages.at(-1)?.text, 'You get 30 days [1].')

  const next = twoHalves(state)
  const asked = ana.answer({ conversationId, text: 'And now?' })
  const running = await eventually(async () => {
    const last = (await eve.conversation(conversationId)).messages.at(-1)
    assert.equal(last?.state, 'running')
    return last.id
  })
  const heard: RunEvent[] = []
  for await (const event of eve.client.readEvents({ conversationId, messageId: running, after: 0 }, eve.call())) {
    assert.ok(event.ok)
    heard.push(event.value)
    if (event.value.type === 'text.delta') next.resolve()
  }
  assert.deepEqual(heard, (await asked).events)
})

test('who is removed while listening hears no more, and neither does who asked', async (t) => {
  const { ana, ben, state, conversationId } = await startTogether(t)
  const told = twoHalves(state)
  const faults: (string | undefined)[] = []
  const events: RunEvent[] = []
  for await (const event of ben.ask({ conversationId, text: 'How much?' })) {
    if (!event.ok) {
      faults.push(event.fault.code)
      break
    }
    events.push(event.value)
    if (event.value.type === 'text.delta')
      value(await ana.client.removeParticipant({ conversationId, name: ben.subject }, ana.call()))
  }
  assert.deepEqual(faults, ['agents.not-found'])
  told.resolve()
  const { messageId } = first(events, 'run.started')
  const { events: anas } = await ana.events(conversationId, messageId)
  assert.equal(anas.at(-1)?.type, 'run.completed', 'for the others it goes on')
})

test('a run that is taken up elsewhere is decided again for its whole audience', async (t) => {
  let alive = true
  const onBoundary = (name: Boundary) => {
    if (name !== 'search.journaled' || !alive) return
    alive = false
    throw new Error('died')
  }
  const { ana, ben, state, db, startReplica, conversationId } = await startTogether(t, {
    leaseMs: 300,
    hooks: { onBoundary },
  })
  const asked = read(ana.ask({ conversationId, text: 'How much?' }, undefined))
  await eventually(() => db.selectFrom('run_steps').selectAll().executeTakeFirstOrThrow())
  state.readable.get(ben.subject)?.clear()
  state.revision++
  await startReplica({ hooks: {} })
  assert.equal(first((await asked).events, 'run.cancelled').reason, 'access.revoked')
  assert.deepEqual(state.checks.find(({ items }) => items[0]?.id === 'passages')?.audience, [ben.subject])
  assert.equal(state.completions.length, 0)
})
