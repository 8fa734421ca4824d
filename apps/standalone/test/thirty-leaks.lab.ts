import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { text as textOfStream } from 'node:stream/consumers'
import { LLMock } from '@copilotkit/aimock'
import { createAgent, createPerson, createPushSource, type PushSource } from '@tessera/testkit/builders'
import { createApi, membership } from '../src/api.ts'
import type { LeakWorld } from './thirty-leaks.world.ts'

/** An answer of the public API, whatever it was. A stream is read to its end. */
export type Reply = {
  readonly status: number
  readonly headers: Headers
  /** The whole body, as it came. */
  readonly text: string
  /** Of a JSON body; `{}` for any other. */
  readonly json: Record<string, unknown>
}

type Access = { allow: string[]; deny?: string[]; gates?: string[]; denyAgents?: string[]; labels?: string[] }
type Mark = { label: string; kind?: string; quote?: string; heading?: string }

/** A document that somebody must not see. `topic` is what an attacker knows of it; the canary is what is secret. */
export type Secret = {
  readonly source: PushSource
  readonly externalId: string
  readonly documentId: string
  readonly topic: string
  readonly canary: string
}

type Request = { headers?: Record<string, string>; form?: string; ndjson?: string; token?: string }

/** How fast a question with this word in it is answered: so slowly that much can happen meanwhile. */
export const slowly = 'slowly'

/** The emulated provider answers with all that it was sent: whatever reaches a prompt reaches the answer, too. */
export async function echoingProvider(): Promise<LLMock> {
  const provider = new LLMock({ port: 0, logLevel: 'silent', chunkSize: 100_000 })
  const echo = ({ messages }: { messages: { content: unknown }[] }) => ({
    content: `${messages.map(({ content }) => textOf(content)).join('\n')} [1]`,
  })
  provider.onMessage(/slowly/, { content: `${'Well, '.repeat(60)}so it is. [1]` }, { latency: 100, chunkSize: 12 })
  provider.onMessage(/[\s\S]*/, (request) => (answers.next ?? echo)(request))
  // Of rerankers it knows only the address of one company's.
  provider.mount('/v1/rerank', {
    async handleRequest(request, response) {
      const body = await textOfStream(request)
      reranked.push(body)
      const { query, documents } = JSON.parse(body) as { query: string; documents: string[] }
      const words = query.split(/\W+/).filter((word) => word.length > 4)
      const results = documents.map((document, index) => ({
        index,
        relevance_score: words.filter((word) => document.includes(word)).length,
      }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }))
      return true
    },
  })
  await provider.start()
  return provider
}

/** What a reranker was sent. */
export const reranked: string[] = []

/** What the provider says instead of the echo. */
export const answers: { next?: (() => { content: string }) | undefined } = {}

const textOf = (content: unknown): string =>
  Array.isArray(content)
    ? content.map((part: { text?: string }) => part.text ?? '').join('\n')
    : typeof content === 'string'
      ? content
      : ''

/** A word that stands nowhere else, all letters, so that search can find it. */
export const newWord = (prefix: string) =>
  prefix + [...randomBytes(12)].map((byte) => String.fromCodePoint(97 + (byte % 26))).join('')

export type Lab = ReturnType<typeof createLab>

/** Somebody who attacks an installation, and remembers all that each person was told, and what the provider was sent for them. */
export function createLab(world: LeakWorld, provider: LLMock) {
  const told = new Map<string, string[]>()
  const remember = (who: string, text: string) => told.set(who, [...(told.get(who) ?? []), text])
  const prompts = () => provider.getRequests().filter(({ path }) => path.includes('completions'))
  let seen = 0

  /** Asks as this person, and keeps what came: status, headers, body, and the prompts that came of it. */
  async function say(who: string, method: string, path: string, body?: unknown, request: Request = {}): Promise<Reply> {
    const { content, type } = bodyOf(body, request)
    const token = request.token ?? (await world.tokenFor(who))
    const response = await fetch(`${world.url()}${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(type !== undefined && { 'content-type': type }),
        ...request.headers,
      },
      ...(content !== undefined && { body: content }),
    })
    const text = await response.text().catch((error: unknown) => `cut: ${String(error)}`)
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    const json = isJson && text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
    const sent = prompts().slice(seen)
    seen += sent.length
    remember(who, JSON.stringify([response.status, [...response.headers], text, sent.map((entry) => entry.body)]))
    return { status: response.status, headers: response.headers, text, json }
  }

  /** The same, and it must succeed. */
  async function done<T = Record<string, unknown>>(
    who: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<T> {
    const reply = await say(who, method, path, body)
    assert.ok(reply.status < 300, `${who}: ${method} ${path}: ${reply.status} ${reply.text}`)
    return reply.json as T
  }

  const admin = {
    get: <T>(path: string) => done<T>('admin', 'GET', path),
    send: <T>(method: string, path: string, body?: unknown) => done<T>('admin', method, path, body),
  }
  const at = { issuer: world.issuer, admin }

  async function put(source: PushSource, externalId: string, text: string, access: Access, marks?: Mark[]) {
    const path = `${addressOf(source, externalId)}?wait=indexed`
    const content = { mediaType: 'text/markdown', text, ...(marks && { marks }) }
    return (await admin.send<{ documentId: string }>('PUT', path, { content, access })).documentId
  }

  return {
    world,
    provider,
    say,
    done,
    admin,
    put,
    as: async (who: string) => createApi(world.url(), await world.tokenFor(who)),
    person: (subject: string, options: { guest?: boolean; roles?: string[] } = {}) =>
      createPerson(at, subject, options),
    source: (title: string) => createPushSource(at, title),
    agent: (handle: string, definition: Record<string, unknown> = {}) =>
      createAgent(at, handle, { model: 'openai-compatible/recorded', ...definition }),
    async group(title: string, ...members: string[]): Promise<string> {
      const { group } = await admin.send<{ group: { name: string } }>('POST', '/v1/groups', { title })
      for (const member of members) await admin.send('PUT', membership(group.name, member))
      return group.name
    },
    label: (label: string, definition: { requires: string[]; below: string; hidesTitle?: boolean }) =>
      admin.send('PUT', `/v1/labels/${label}`, { title: label, hidesTitle: false, ...definition }),
    clear: (principal: string, ...clearances: string[]) =>
      admin.send('PUT', `/v1/clearances/${encodeURIComponent(principal)}`, { clearances }),
    /** Lines of an import, as an admin sends them; its report. */
    load: (lines: readonly unknown[]) =>
      say('admin', 'POST', '/v1/access/import', undefined, {
        ndjson: lines.map((line) => JSON.stringify(line)).join('\n'),
      }),
    /** Puts a document with a secret in its text and another in its title. */
    async secret(source: PushSource, access: Access, { externalId = newWord('doc') } = {}): Promise<Secret> {
      const topic = newWord('topic')
      const canary = newWord('canary')
      const text = `# About ${canary}\n\nThe ${topic} is kept where ${canary} says so.`
      const documentId = await put(source, externalId, text, access)
      return { source, externalId, documentId, topic, canary }
    },
    /** Forgets what this person was told: from here on they must hear nothing more. */
    forget: (who: string) => void told.delete(who),
    /** Everything that this person was told, and that the provider was sent for them. */
    told: (who: string) => (told.get(who) ?? []).join('\n'),
    /** Whatever the provider was sent since the installation began, what it embedded and reranked included. */
    sent: () => JSON.stringify([reranked, provider.getRequests().map(({ path, body }) => [path, body])]),
    assertNotTold(who: string, canary: string, where: string) {
      for (const text of told.get(who) ?? [])
        assert.ok(!text.includes(canary), `${who} was told ${canary} (${where}) in ${text.slice(0, 2000)}`)
    },
  }
}

export const addressOf = (source: PushSource, externalId: string) =>
  `/v1/data-sources/${source.id}/documents/${encodeURIComponent(externalId)}`

/** A form with a file in it tells its own type. */
function bodyOf(body: unknown, { form, ndjson }: Request): { content?: string | FormData; type?: string } {
  if (body instanceof FormData) return { content: body }
  if (form !== undefined) return { content: form, type: 'application/x-www-form-urlencoded' }
  if (ndjson !== undefined) return { content: ndjson, type: 'application/x-ndjson' }
  return body === undefined ? {} : { content: JSON.stringify(body), type: 'application/json' }
}

type Found = {
  passageId: string
  documentId: string
  text: string
  title: string
  view: string
  externalId?: string
}

export async function found(lab: Lab, who: string, query: string): Promise<Found[]> {
  const reply = await lab.say(who, 'POST', '/v1/search', { query, limit: 50 })
  assert.equal(reply.status, 200, reply.text)
  assert.doesNotMatch(reply.text, /"(total|score|count|hits)"/, 'no counts, no scores')
  return reply.json['passages'] as Found[]
}

/** One question in a new conversation, as an event stream. */
export async function asked(lab: Lab, who: string, agent: string, text: string, body: object = {}) {
  const { id } = await lab.done<{ id: string }>(who, 'POST', '/v1/conversations', { agent })
  return askedIn(lab, who, id, { text, ...body })
}

export async function askedIn(
  lab: Lab,
  who: string,
  conversationId: string,
  body: object,
  headers: Record<string, string> = {},
) {
  const path = `/v1/conversations/${conversationId}/messages`
  const reply = await lab.say(who, 'POST', path, body, { headers: { accept: 'text/event-stream', ...headers } })
  const messageId = /"messageId":"(msg_[^"]+)"/.exec(reply.text)?.[1] ?? ''
  return { reply, conversationId, messageId, path: `${path}/${messageId}` }
}

/** The positive control: whoever is entitled gets it on every content route, so that the same route can be seen to refuse others. */
export async function assertReads(lab: Lab, who: string, secret: Secret): Promise<Found> {
  const { canary, topic, documentId } = secret
  const passage = (await found(lab, who, topic)).find((passage) => passage.documentId === documentId)
  assert.ok(passage, `${who} does not find ${topic}`)
  assert.ok(passage.text.includes(canary))
  for (const path of [addressOf(secret.source, secret.externalId), `/v1/citations/${passage.passageId}`]) {
    const reply = await lab.say(who, 'GET', path)
    assert.ok(reply.status === 200 && reply.text.includes(canary), `${who}: ${path}: ${reply.status}`)
  }
  return passage
}
