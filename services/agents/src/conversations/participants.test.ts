import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { anAgent, aReader, code, first, join, type Reader, startAgents, value } from '../../test/start-agents.ts'

/** What every operation of a conversation answers to somebody, faults only. */
async function faultsFor(reader: Reader, conversationId: string, messageId: string) {
  const { client, call } = reader
  const results = await Promise.all([
    client.getConversation({ conversationId }, call()),
    client.listParticipants({ conversationId }, call()),
    client.addParticipant({ conversationId, name: `user:${newId('usr')}` }, call()),
    client.removeParticipant({ conversationId, name: reader.subject }, call()),
    client.cancelRun({ conversationId, messageId }, call()),
    client.putFeedback({ conversationId, messageId, rating: 'up' }, call()),
    client.deleteConversation({ conversationId }, call()),
  ])
  return [
    ...results.map((result) => (result.ok ? 'ok' : result.fault)),
    (await reader.events(conversationId, messageId)).fault,
    (await reader.answer({ conversationId, text: 'Hello?' })).fault,
  ]
}

test('to who is invited only the invitation is there; who accepts takes part; who leaves or is removed finds nothing any more', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  state.readable.set(ben.subject, new Set([passage.documentId]))
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  const { conversationId, messageId } = first(events, 'run.started')
  const nothing = await faultsFor(ben, newId('cnv'), newId('msg'))
  assert.deepEqual(await faultsFor(ben, conversationId, messageId), nothing)
  const accept = () => ben.client.acceptInvitation({ conversationId }, ben.call())
  assert.equal(code(await accept()), 'agents.not-found')

  const invited = value(await ana.client.addParticipant({ conversationId, name: ben.subject }, ana.call()))
  assert.deepEqual(invited, { name: ben.subject, participation: 'invited' })
  assert.deepEqual(await faultsFor(ben, conversationId, messageId), nothing)
  const listed = async () =>
    value(await ben.client.listConversations({}, ben.call())).items.map(({ id, participation }) => [id, participation])
  assert.deepEqual(await listed(), [[conversationId, 'invited']])

  assert.equal(value(await accept()).participation, 'active')
  assert.equal(value(await accept()).participation, 'active')
  assert.deepEqual(await listed(), [[conversationId, 'active']])
  assert.equal((await ben.conversation(conversationId)).messages[1]?.text, 'You get 30 days [1].')
  const members = value(await ben.client.listParticipants({ conversationId }, ben.call())).items
  assert.deepEqual(
    members.map(({ name, participation }) => [name, participation]),
    [
      [ana.subject, 'owner'],
      [ben.subject, 'active'],
    ],
  )
  // To invite somebody again changes nothing.
  assert.equal(
    value(await ana.client.addParticipant({ conversationId, name: ben.subject }, ana.call())).participation,
    'active',
  )

  value(await ana.client.removeParticipant({ conversationId, name: ben.subject }, ana.call()))
  assert.deepEqual(await faultsFor(ben, conversationId, messageId), nothing)
  assert.equal(code(await accept()), 'agents.not-found')
  assert.deepEqual(await listed(), [])
  await join(ana, ben, conversationId)
  value(await ben.client.leaveConversation({ conversationId }, ben.call()))
  assert.deepEqual(await faultsFor(ben, conversationId, messageId), nothing)
})

test('only the owner invites, removes and deletes, and only who asked or the owner ends a run', async (t) => {
  const { ana, ben, gateway, workspaceId, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  const { conversationId, messageId } = first(events, 'run.started')
  await join(ana, ben, conversationId)
  const eve = aReader(gateway, workspaceId)
  const { client, call } = ben
  for (const refused of [
    await client.addParticipant({ conversationId, name: eve.subject }, call()),
    await client.removeParticipant({ conversationId, name: ana.subject }, call()),
    await client.deleteConversation({ conversationId }, call()),
    await client.cancelRun({ conversationId, messageId }, call()),
  ])
    assert.equal(code(refused), 'access.forbidden')
  for (const broken of [
    await ana.client.addParticipant({ conversationId, name: ana.subject }, ana.call()),
    await ana.client.addParticipant({ conversationId, name: 'workspace:members' }, ana.call()),
    await ana.client.removeParticipant({ conversationId, name: ana.subject }, ana.call()),
    await ana.client.leaveConversation({ conversationId }, ana.call()),
  ])
    assert.equal(code(broken), 'agents.invalid')
  state.deactivated.add(eve.subject)
  value(await ana.client.addParticipant({ conversationId, name: eve.subject }, ana.call()))
  assert.equal(code(await eve.client.acceptInvitation({ conversationId }, eve.call())), 'access.deactivated')
})

test('no more are invited than an audience may name, not even at once', async (t) => {
  const { ana, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const { id: conversationId } = value(await ana.client.createConversation({ agent: agent.id }, ana.call()))
  const names = Array.from({ length: 52 }, () => `user:${newId('usr')}`)
  const invited = await Promise.all(
    names.map((name) => ana.client.addParticipant({ conversationId, name }, ana.call())),
  )
  assert.equal(invited.filter(({ ok }) => ok).length, 49)
  assert.equal((await db.selectFrom('participants').selectAll().execute()).length, 49)
})

test('who joins opens earlier messages by their own rights: what they may not read is a place, an author and a time', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  const { conversationId, messageId, questionId } = first(events, 'run.started')
  await join(ana, ben, conversationId)
  const seen = await ben.conversation(conversationId)
  assert.equal(seen.messages[0]?.text, 'How much leave?')
  assert.deepEqual(seen.messages[1], {
    ...{ id: messageId, parentId: questionId, role: 'assistant', author: `agent:${agent.id}` },
    createdAt: seen.messages[1]?.createdAt,
    ...{ state: 'completed', withheld: true, text: '', partial: false, citations: [] },
  })
  assert.equal((await ben.events(conversationId, messageId)).fault?.code, 'agents.withheld')
  const feedback = { conversationId, messageId, rating: 'down', comment: 'It says 30' } as const
  assert.equal(code(await ben.client.putFeedback(feedback, ben.call())), 'agents.withheld')
  state.readable.set(ben.subject, new Set([passage.documentId]))
  assert.equal((await ben.conversation(conversationId)).messages[1]?.text, 'You get 30 days [1].')
  assert.deepEqual((await ben.events(conversationId, messageId)).events, events)
  value(await ben.client.putFeedback(feedback, ben.call()))
})

test('what somebody asks for themselves leaves no trace for others: no message, title or date, no place to answer, no history', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { id: conversationId } = value(await ana.client.createConversation({ agent: agent.id }, ana.call()))
  await join(ana, ben, conversationId)
  state.readable.set(ben.subject, new Set([passage.documentId]))
  const before = await ben.conversation(conversationId)
  const secret = await ana.answer({ conversationId, text: 'Am I overpaid?', audience: 'me' })
  const { messageId, questionId } = first(secret.events, 'run.started')
  assert.deepEqual(await ben.conversation(conversationId), { ...before, revision: state.revision })
  const nothing = await Promise.all([
    ben.client.putFeedback({ conversationId, messageId: newId('msg'), rating: 'up' }, ben.call()),
    ben.client.cancelRun({ conversationId, messageId: newId('msg') }, ben.call()),
  ])
  assert.deepEqual(
    await Promise.all([
      ben.client.putFeedback({ conversationId, messageId, rating: 'up' }, ben.call()),
      ben.client.cancelRun({ conversationId, messageId }, ben.call()),
    ]),
    nothing,
  )
  assert.equal((await ben.events(conversationId, messageId)).fault?.code, 'agents.not-found')
  assert.equal((await ben.answer({ conversationId, parentId: messageId, text: 'x' })).fault?.code, 'agents.not-found')
  assert.equal((await ben.answer({ conversationId, retryOf: questionId })).fault?.code, 'agents.not-found')

  const open = first((await ana.answer({ conversationId, text: 'How much leave?' })).events, 'run.started')
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /overpaid/)
  assert.deepEqual(
    (await ben.conversation(conversationId)).messages.map(({ text, parentId }) => [text, parentId]),
    [
      ['How much leave?', undefined],
      ['You get 30 days [1].', open.questionId],
    ],
  )
  const wrong = await ana.answer({ conversationId, parentId: messageId, text: 'And for all?' })
  assert.equal(wrong.fault?.errors?.[0]?.field, '/parentId')
  const wider = await ana.answer({ conversationId, retryOf: questionId, audience: 'everyone' })
  assert.equal(wider.fault?.errors?.[0]?.field, '/audience')
  // For themselves they go on from there, and nobody else's rights count.
  await ana.answer({ conversationId, parentId: messageId, text: 'By how much?', audience: 'me' })
  assert.match(JSON.stringify(state.completions.at(-1)), /overpaid/)
  assert.deepEqual(state.searches.at(-1)?.audience, [])
  const mine = (await ana.conversation(conversationId)).messages
  assert.deepEqual(
    mine.map(({ audience }) => audience),
    ['me', 'me', 'everyone', 'everyone', 'me', 'me'],
  )
})
