import assert from 'node:assert/strict'
import { newId } from '@tessera/shared/ids/ids'
import { addressOf, askedIn, found, type Lab, newWord, type Secret } from './thirty-leaks.lab.ts'

const atOnce = 5

export type Target = Secret & {
  /** A passage of it, where the attacker has got hold of its id. */
  readonly passageId?: string
  /** Somebody's conversation and answer about it. */
  readonly answer?: { conversationId: string; messageId: string }
  /** An agent that the attacker may run. */
  readonly agent?: string
}

/**
 * Everything that somebody can try on a document that is not for them: by its ids, by its words, through lists, questions, logs and agents. None of it may
 * say the canary, and what is about this one document is as if it did not exist.
 */
export async function assertHidden(
  lab: Lab,
  who: string,
  target: Target,
  { token }: { token?: string } = {},
): Promise<void> {
  const say = (method: string, path: string, body?: unknown) =>
    lab.say(who, method, path, body, { ...(token !== undefined && { token }) })
  lab.forget(who)
  const attacks = attacksOn(target)
  for (let first = 0; first < attacks.length; first += atOnce) {
    const replies = attacks.slice(first, first + atOnce).map(async ([method, path, body]) => {
      const { status, headers } = await say(method, path, body)
      assert.ok(status < 500, `${method} ${path}: ${status}`)
      assert.equal(headers.get('etag') ?? headers.get('last-modified'), null, path)
    })
    await Promise.all(replies)
  }
  await assertUnfound(lab, who, target, token)
  if (target.agent !== undefined && token === undefined) await attackThroughAgent(lab, who, target, target.agent)
  lab.assertNotTold(who, target.canary, 'an attack')
}

/** What needs nothing but ids and words. */
function attacksOn(target: Target): [string, string, unknown?][] {
  const { source, externalId, documentId, topic } = target
  const passageId = target.passageId ?? newId('psg')
  const digest = `/v1/passages/${passageId}/digest`
  const reader = 'user:usr_somebody'
  return [
    ['GET', addressOf(source, externalId)],
    ['GET', `/v1/citations/${passageId}`],
    ['GET', `/v1/documents/${documentId}`],
    ['GET', `/v1/documents/${documentId}?limit=1&after=${passageId}`],
    ['GET', digest],
    ['PUT', digest, { text: 'What was it?' }],
    ['POST', `${digest}/draft`, {}],
    ['POST', `${digest}/approve`, { hash: 'x' }],
    ['GET', `/v1/documents/${documentId}/access`],
    [
      'POST',
      '/v1/access/check',
      {
        questions: [
          { reader, documentId },
          { reader, documentId, passageId },
        ],
      },
    ],
    ['POST', '/v1/access/explain', { question: { reader, documentId } }],
    ['POST', '/v1/access/readers', { documentId }],
    ['POST', '/v1/access/documents', { reader }],
    [
      'POST',
      '/v1/access/simulate',
      { changes: [{ type: 'document.changed', documentId, deny: [], gates: [], denyAgents: [], labels: [] }] },
    ],
    ['GET', '/v1/access/changes'],
    ['GET', `/v1/audit/decisions?documentId=${documentId}`],
    ['GET', '/v1/audit/export'],
    ['GET', '/v1/data-sources'],
    ['GET', `/v1/data-sources/${source.id}/index`],
    ['GET', `/v1/data-sources/${source.id}/skipped`],
    ['GET', `/v1/data-sources/${source.id}/documents/${newWord('none')}`],
    ['GET', '/v1/conversations'],
    ['GET', '/v1/agents'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/health'],
    ['GET', '/v1/usage'],
    ['GET', '/v1/usage/totals?by=model'],
    ['GET', '/v1/usage/export'],
    ['GET', '/v1/budgets'],
    ['GET', '/v1/routes'],
    ['GET', '/v1/compare/win-rates'],
    ['GET', '/v1/index'],
    ['GET', '/v1/approvals'],
    ['GET', '/v1/spaces'],
    ['GET', '/v1/redaction-rules'],
    [
      'POST',
      '/v1/chat/completions',
      { model: 'tessera/extractive', messages: [{ role: 'user', content: `What is the ${topic}?` }] },
    ],
    ...attacksOnAnswer(target),
  ]
}

function attacksOnAnswer({ answer }: Target): [string, string, unknown?][] {
  if (!answer) return []
  const conversation = `/v1/conversations/${answer.conversationId}`
  const message = `${conversation}/messages/${answer.messageId}`
  return [
    ['GET', conversation],
    ['GET', `${message}/events`],
    ['GET', `${conversation}/participants`],
    ['POST', `${conversation}/accept`],
    ['POST', `${message}/feedback`, { rating: 'up' }],
    ['POST', `${message}/cancel`],
    ['POST', `${conversation}/messages`, { text: 'Rewrite that as a memo.' }],
  ]
}

/** Neither what it is about, nor its very words, nor where it lies find it; and both are as if nothing were there. */
async function assertUnfound(lab: Lab, who: string, { source, topic, canary, documentId }: Target, token?: string) {
  const search = async (body: object) => {
    const reply = await lab.say(
      who,
      'POST',
      '/v1/search',
      { limit: 50, ...body },
      { ...(token !== undefined && { token }) },
    )
    return { status: reply.status, passages: (reply.json['passages'] ?? []) as { documentId: string }[] }
  }
  for (const query of [topic, canary, `About ${canary}`, `${topic} kept where`]) {
    const laidOut = { limit: 5, grouped: true, neighbours: 3, highlights: true }
    for (const place of [{}, { dataSourceIds: [source.id] }, { spaces: [source.space] }, laidOut]) {
      const { passages } = await search({ query, ...place })
      assert.ok(!passages.some((passage) => passage.documentId === documentId), `${who} found it by ${query}`)
    }
  }
  if (lab.world.vectors) return
  const [byCanary, byNothing] = [await search({ query: canary }), await search({ query: newWord('canary') })]
  assert.deepEqual(byCanary, byNothing, 'its words are as unknown as any')
}

/** An agent over everything, whole, streamed, replayed, listed and in the shape of another API. */
async function attackThroughAgent(lab: Lab, who: string, { topic }: Target, agent: string) {
  const question = `What is the ${topic}?`
  const begun = await lab.say(who, 'POST', '/v1/conversations', { agent })
  if (begun.status === 201) {
    const { conversationId, path } = await askedIn(lab, who, String(begun.json['id']), { text: question })
    await lab.say(who, 'GET', `${path}/events`, undefined, { headers: { 'last-event-id': '0' } })
    await lab.say(who, 'POST', `/v1/conversations/${conversationId}/messages`, { text: 'Rewrite that as a memo.' })
    await lab.say(who, 'GET', `/v1/conversations/${conversationId}`)
  }
  for (const stream of [false, true])
    await lab.say(who, 'POST', '/v1/chat/completions', {
      ...{ model: `agent/${agent}`, stream, messages: [{ role: 'user', content: question }] },
    })
  const model = `agent/${agent}`
  await lab.say(who, 'POST', '/v1/responses', { model, input: question })
  const messages = [{ role: 'user', content: question }]
  await lab.say(who, 'POST', '/v1/messages', { model, max_tokens: 1000, messages })
  await lab.say(who, 'POST', '/v1/messages/count_tokens', { model, messages })
}

/** Search and the document's own route, now. */
export async function assertGone(lab: Lab, who: string, target: Target) {
  lab.forget(who)
  const passages = await found(lab, who, target.topic)
  assert.ok(!passages.some(({ documentId }) => documentId === target.documentId), `${who} still finds ${target.topic}`)
  const reply = await lab.say(who, 'GET', addressOf(target.source, target.externalId))
  assert.equal(reply.status, 404)
  if (target.passageId !== undefined)
    assert.equal((await lab.say(who, 'GET', `/v1/citations/${target.passageId}`)).status, 404)
  lab.assertNotTold(who, target.canary, 'what should be gone')
}
