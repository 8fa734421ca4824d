import assert from 'node:assert/strict'
import type { Citation, Message, RunEvent } from '@tessera/shared/contracts/agents'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { type Api, ApiError, membership, readEventStream } from '../src/api.ts'
import { createAgent, createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import { eventually } from '@tessera/testkit/eventually'
import type { World } from './world.ts'

/**
 * What every installation does, told through the public API only. Each returns what its people saw, free of ids and times, so that two
 * installations can be compared.
 */
export type Scenario = { name: string; run: (world: World) => Promise<unknown> }

export const scenarios: readonly Scenario[] = [
  {
    name: 'a question gets an answer that cites the one document its asker may read',
    async run(world) {
      const source = await createPushSource(world, 'Spine')
      const ana = await createPerson(world, 'spine-ana')
      await createPerson(world, 'spine-ben')
      await createAgent(world, 'spine')
      await putDocument(
        world,
        source,
        'vacation.md',
        '# Vacation\n\nEverybody has thirty days of vacation each year.',
        { allow: [ana] },
      )
      const seen = []
      for (const person of ['spine-ana', 'spine-ben']) {
        seen.push(await ask(await world.as(person), 'spine', 'How many days of vacation does everybody have?'))
      }
      assert.match(seen[0]?.text ?? '', /thirty days/)
      assert.deepEqual(seen[0]?.cited, ['Vacation'])
      assert.doesNotMatch(seen[1]?.text ?? '', /thirty/)
      assert.deepEqual(seen[1]?.cited, [])
      return seen.map(({ text, cited }) => ({ text, cited }))
    },
  },
  {
    name: 'a revocation is in force when it is acknowledged: in search, citations, documents and old answers',
    async run(world) {
      const source = await createPushSource(world, 'Revoked')
      const ana = await createPerson(world, 'revoked-ana')
      const { group } = await world.admin.send<{ group: { name: string } }>('POST', '/v1/groups', { title: 'Readers' })
      await world.admin.send('PUT', membership(group.name, ana))
      await createAgent(world, 'revoked')
      await putDocument(world, source, 'plan.md', '# Plan\n\nThe harbour office moves to Rotterdam in spring.', {
        allow: [group.name],
      })
      const api = await world.as('revoked-ana')
      const before = await ask(api, 'revoked', 'Where does the harbour office move?')
      assert.match(before.text, /Rotterdam/)
      const [passage] = await search(api, 'harbour office Rotterdam')
      assert.ok(passage)
      await api.get(`/v1/citations/${passage.passageId}`)

      await world.admin.send('DELETE', membership(group.name, ana))
      assert.deepEqual(await search(api, 'harbour office Rotterdam'), [])
      await rejects404(api.get(`/v1/citations/${passage.passageId}`))
      await rejects404(api.get(`/v1/data-sources/${source.id}/documents/plan.md`))
      const after = await ask(api, 'revoked', 'Where does the harbour office move?')
      assert.doesNotMatch(after.text, /Rotterdam/)
      const old = await api.get<{ messages: Message[] }>(`/v1/conversations/${before.conversationId}`)
      const answer = old.messages.find((message) => message.role === 'assistant')
      assert.equal(answer?.withheld, true)
      assert.doesNotMatch(JSON.stringify(old), /Rotterdam/)
      await assert.rejects(replay(world, 'revoked-ana', before), ApiError)

      await world.admin.send('PUT', membership(group.name, ana))
      const again = await api.get<{ messages: Message[] }>(`/v1/conversations/${before.conversationId}`)
      assert.match(again.messages.find((message) => message.role === 'assistant')?.text ?? '', /Rotterdam/)
      return [before.text, after.text]
    },
  },
  {
    name: 'deny beats allow at any distance, and a gate restricts without granting',
    async run(world) {
      const source = await createPushSource(world, 'Denied')
      const ana = await createPerson(world, 'denied-ana')
      const groups: string[] = []
      for (const title of ['inner', 'middle', 'outer']) {
        const { group } = await world.admin.send<{ group: { name: string } }>('POST', '/v1/groups', { title })
        await world.admin.send('PUT', membership(group.name, groups.at(-1) ?? ana))
        groups.push(group.name)
      }
      // A cycle changes nothing.
      await world.admin.send('PUT', membership(groups[0] ?? '', groups[2] ?? ''))
      const [, , outer = ''] = groups
      const { space: entered } = await world.admin.send<{ space: { name: string } }>('POST', '/v1/spaces', {
        title: 'Entered',
      })
      await world.admin.send('PUT', membership(entered.name, groups[1] ?? ''))
      await putDocument(world, source, 'open.md', '# Open\n\nThe quarterly glacier review is on Monday.', {
        allow: [outer],
      })
      await putDocument(world, source, 'denied.md', '# Denied\n\nThe quarterly glacier review was bad.', {
        allow: [ana],
        deny: [outer],
      })
      await putDocument(world, source, 'gated.md', '# Gated\n\nThe quarterly glacier review is secret.', {
        allow: ['public'],
        gates: ['space:spc_00000000000000000000000000'],
      })
      await putDocument(world, source, 'nobody.md', '# Nobody\n\nThe quarterly glacier review has no readers.', {
        allow: [],
      })
      await putDocument(world, source, 'through.md', '# Through\n\nThe quarterly glacier review has gates.', {
        allow: ['workspace:members'],
        gates: [entered.name],
      })
      const titles = (await search(await world.as('denied-ana'), 'quarterly glacier review')).map(
        (passage) => passage.title,
      )
      assert.deepEqual(titles.toSorted(), ['Open', 'Through'])
      return titles.toSorted()
    },
  },
  {
    name: 'content that changes is never served under the facts of another version',
    async run(world) {
      const source = await createPushSource(world, 'Cleaned')
      const ana = await createPerson(world, 'cleaned-ana')
      const ben = await createPerson(world, 'cleaned-ben')
      await createAgent(world, 'cleaned')
      await putDocument(world, source, 'memo.md', '# Memo\n\nThe bridge merger costs nine million.', { allow: [ana] })
      const anas = await ask(await world.as('cleaned-ana'), 'cleaned', 'What does the bridge merger cost?')
      assert.match(anas.text, /nine million/)
      await putDocument(world, source, 'memo.md', '# Memo\n\nThe bridge merger is public now.', { allow: [ben] })
      const bens = await search(await world.as('cleaned-ben'), 'bridge merger')
      assert.deepEqual(
        bens.map((passage) => passage.text.includes('nine million')),
        [false],
      )
      assert.deepEqual(await search(await world.as('cleaned-ana'), 'bridge merger'), [])
      const old = await (
        await world.as('cleaned-ana')
      ).get<{ messages: Message[] }>(`/v1/conversations/${anas.conversationId}`)
      assert.equal(old.messages.find((message) => message.role === 'assistant')?.withheld, true)
      return bens.map((passage) => passage.text)
    },
  },
  {
    name: 'what one may not know of is not found, word for word like what does not exist',
    async run(world) {
      const source = await createPushSource(world, 'Hidden')
      const ana = await createPerson(world, 'hidden-ana')
      await createPerson(world, 'hidden-ben')
      await putDocument(world, source, 'secret.md', '# Secret\n\nThe lighthouse code is amber.', { allow: [ana] })
      const [passage] = await search(await world.as('hidden-ana'), 'lighthouse code amber')
      assert.ok(passage)
      const ben = await world.as('hidden-ben')
      const bodies = []
      for (const path of [
        `/v1/citations/${passage.passageId}`,
        `/v1/citations/psg_${'0'.repeat(52)}`,
        `/v1/data-sources/${source.id}/documents/secret.md`,
        `/v1/data-sources/${source.id}/documents/missing.md`,
        `/v1/data-sources/src_${'0'.repeat(26)}/documents/secret.md`,
      ]) {
        bodies.push(await problemOf(ben.get(path)))
      }
      assert.deepEqual(bodies[0], bodies[1])
      assert.deepEqual(bodies[2], bodies[3])
      assert.deepEqual(bodies[2], bodies[4])
      return bodies
    },
  },
  {
    name: 'a newcomer waits for an admin, and a deactivated person reads nothing',
    async run(world) {
      const newcomer = await world.as('newcomer')
      const me = await newcomer.get<{ state: string; name: string }>('/v1/me')
      assert.equal(me.state, 'pending')
      assert.equal(
        (await problemOf(newcomer.send('POST', '/v1/search', { query: 'anything' }))).code,
        'principal.pending',
      )
      await world.admin.send('PATCH', `/v1/users/${encodeURIComponent(me.name)}`, { state: 'active' })
      assert.deepEqual(await search(newcomer, 'nothing like this'), [])
      await world.admin.send('PATCH', `/v1/users/${encodeURIComponent(me.name)}`, { state: 'deactivated' })
      const refused = await problemOf(newcomer.send('POST', '/v1/search', { query: 'anything' }))
      assert.equal(refused.status, 403)
      return refused.code
    },
  },
  {
    name: 'a stream resumes where it was left, without a gap and without a repeat',
    async run(world) {
      const source = await createPushSource(world, 'Resumed')
      const ana = await createPerson(world, 'resumed-ana')
      await createAgent(world, 'resumed')
      await putDocument(world, source, 'tea.md', '# Tea\n\nTea is served at four in the garden room.', { allow: [ana] })
      const api = await world.as('resumed-ana')
      const asked = await ask(api, 'resumed', 'When is tea served?')
      const whole = await replay(world, 'resumed-ana', asked)
      assert.deepEqual(
        whole.map((event) => event.id),
        Array.from({ length: whole.length }, (_, index) => index + 1),
      )
      const rest = await replay(world, 'resumed-ana', asked, 2)
      assert.deepEqual(rest, whole.slice(2))
      assert.deepEqual(whole.at(-1)?.type, 'run.completed')
      return whole.map((event) => event.type).filter((type) => type !== 'text.delta')
    },
  },
  {
    name: 'a deleted document is gone, and its external id comes back as another document',
    async run(world) {
      const source = await createPushSource(world, 'Deleted')
      const ana = await createPerson(world, 'deleted-ana')
      const first = await putDocument(world, source, 'a/b note.md', '# Note\n\nThe copper kettle is upstairs.', {
        allow: [ana],
      })
      const api = await world.as('deleted-ana')
      assert.equal((await search(api, 'copper kettle')).length, 1)
      const path = `/v1/data-sources/${source.id}/documents/${encodeURIComponent('a/b note.md')}`
      await world.admin.send('DELETE', path)
      assert.deepEqual(await search(api, 'copper kettle'), [])
      await rejects404(api.get(path))
      const second = await putDocument(world, source, 'a/b note.md', '# Note\n\nThe copper kettle is upstairs.', {
        allow: [ana],
      })
      assert.notEqual(second.documentId, first.documentId)
      return (await search(api, 'copper kettle')).map((passage) => passage.text)
    },
  },
  {
    name: 'a mail that is pushed as a file is found with what lies in it, under its rights, and goes with it',
    async run(world) {
      const source = await createPushSource(world, 'Mail')
      const [ana, ben] = [await createPerson(world, 'mail-ana'), await createPerson(world, 'mail-ben')]
      const boundary = '--b\r\nContent-Disposition: attachment; filename='
      const mail = `From: Zoe <zoe@z.example>\r\nSubject: Sailing\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe regatta begins at noon.\r\n${boundary}"boats.csv"\r\n\r\nBoat,Captain\r\nCormorant,Ishmael\r\n${boundary}"x.bin"\r\n\r\nx\r\n--b--\r\n`
      const path = `/v1/data-sources/${source.id}/documents/sailing.eml`
      const put = (allow: string[]) =>
        putFile(world, `${path}?wait=indexed`, { access: { allow } }, new File([mail], 'sailing.eml'))
      const { attachments, indexed } = await put([ana])
      assert.equal(indexed, true)
      const seen = async (person: string) =>
        (await search(await world.as(person), 'regatta Cormorant Ishmael')).map(
          ({ title, text, position, externalId }) => ({ title, text, position, externalId }),
        )
      const first = [await seen('mail-ana'), await seen('mail-ben')]
      assert.deepEqual(
        first.map((found) => found.map(({ title }) => title).toSorted()),
        [['Boats', 'Sailing'], []],
      )
      await put([ben])
      // Rights that come later are in force at once where they take away, and found a moment later where they give.
      assert.deepEqual(await seen('mail-ana'), [])
      await eventually(async () => assert.equal((await seen('mail-ben')).length, 2))
      const second = [await seen('mail-ana'), await seen('mail-ben')]
      assert.deepEqual(second, first.toReversed())
      await rejects404(
        (await world.as('mail-ana')).get(
          `/v1/data-sources/${source.id}/documents/${encodeURIComponent('sailing.eml//1/boats.csv')}`,
        ),
      )
      await world.admin.send('DELETE', path)
      assert.deepEqual([await seen('mail-ana'), await seen('mail-ben')], [[], []])
      return { first, attachments: attachments.map(({ externalId, refused }) => ({ externalId, refused })) }
    },
  },
  {
    name: 'an edit and a retry are siblings, and history is asked along',
    async run(world) {
      const source = await createPushSource(world, 'Siblings')
      const ana = await createPerson(world, 'siblings-ana')
      await createAgent(world, 'siblings')
      await putDocument(world, source, 'gate.md', '# Gate\n\nThe north gate opens at seven.', { allow: [ana] })
      const api = await world.as('siblings-ana')
      const first = await ask(api, 'siblings', 'When does the north gate open?')
      const second = await askIn(api, first.conversationId, { text: 'And the north gate closes?' })
      const retried = await askIn(api, first.conversationId, { retryOf: second.questionId })
      const { messages } = await api.get<{ messages: Message[] }>(`/v1/conversations/${first.conversationId}`)
      const answers = messages.filter((message) => message.parentId === second.questionId)
      assert.deepEqual(
        answers.map((message) => message.id).toSorted(),
        [second.messageId, retried.messageId].toSorted(),
      )
      return messages.length
    },
  },
]

export type Asked = {
  conversationId: string
  messageId: string
  questionId: string
  text: string
  cited: string[]
  events: RunEvent[]
}

/** Asks in a new conversation, reads the stream to its end, and checks that it ended well. */
export async function ask(api: Api, agent: string, text: string): Promise<Asked> {
  const { id } = await api.send<{ id: string }>('POST', '/v1/conversations', { agent })
  return askIn(api, id, { text })
}

export async function askIn(
  api: Api,
  conversationId: string,
  body: { text?: string; retryOf?: string; parentId?: string },
): Promise<Asked> {
  const events: RunEvent[] = []
  for await (const { data } of api.stream(`/v1/conversations/${conversationId}/messages`, body))
    events.push(data as RunEvent)
  const started = events.find((event) => event.type === 'run.started')
  const last = events.at(-1)
  assert.ok(started, JSON.stringify(events))
  assert.equal(last?.type, 'run.completed', JSON.stringify(last))
  const { text, citations } = last as { text: string; citations: Citation[] }
  const streamed = events.map((event) => (event.type === 'text.delta' ? event.text : '')).join('')
  assert.equal(streamed, text, 'the deltas add up to the text')
  return {
    conversationId,
    messageId: started.messageId,
    questionId: started.questionId,
    text,
    cited: [...new Set(citations.map((citation) => citation.title))],
    events,
  }
}

type PutFile = { documentId: string; indexed: boolean; attachments: { externalId: string; refused?: string }[] }

/** Pushes a file as a form, as a program would. */
export async function putFile(world: World, path: string, document: object, file: File): Promise<PutFile> {
  const body = new FormData()
  body.append('document', JSON.stringify(document))
  body.append('file', file)
  const headers = { authorization: `Bearer ${await world.tokenFor('admin')}` }
  const response = await fetch(`${world.url}${path}`, { method: 'PUT', headers, body })
  if (!response.ok) throw new ApiError(`PUT ${path}`, response.status, (await response.json()) as object)
  return (await response.json()) as PutFile
}

export async function search(api: Api, query: string): Promise<Passage[]> {
  return (await api.send<{ passages: Passage[] }>('POST', '/v1/search', { query, limit: 10 })).passages
}

/** The stored events of an answer, from after `after` on. */
export async function replay(world: World, person: string, asked: Asked, after = 0): Promise<RunEvent[]> {
  const response = await fetch(
    `${world.url}/v1/conversations/${asked.conversationId}/messages/${asked.messageId}/events`,
    {
      headers: {
        authorization: `Bearer ${await world.tokenFor(person)}`,
        accept: 'text/event-stream',
        'last-event-id': String(after),
      },
    },
  )
  if (!response.ok) throw new ApiError('GET events', response.status, (await response.json()) as object)
  const events: RunEvent[] = []
  for await (const { data } of readEventStream(response)) events.push(data as RunEvent)
  return events
}

async function rejects404(request: Promise<unknown>): Promise<void> {
  assert.equal((await problemOf(request)).status, 404)
}

/** Status and code of the problem that a request must end in, with its text. */
export async function problemOf(request: Promise<unknown>): Promise<{ status: number; code: string; text: string }> {
  const outcome = await request.then(
    (value) => value,
    (error: unknown) => error,
  )
  if (outcome instanceof ApiError)
    return { status: outcome.status, code: outcome.code, text: outcome.message.slice(outcome.message.indexOf(': ')) }
  throw new Error(`This must not succeed: ${JSON.stringify(outcome)}`)
}
