import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { membership } from '../src/api.ts'
import { assertGone, assertHidden } from './thirty-leaks.attacks.ts'
import { addressOf, answers, asked, assertReads, found, type Lab, newWord, type Secret } from './thirty-leaks.lab.ts'
import type { Leak } from './thirty-leaks.leak.ts'

/** The ways to a text, and what tells that there is one. */
export const pathLeaks: readonly Leak[] = [
  {
    number: 5,
    name: 'a revoke that races a re-index is in force when it is acknowledged',
    async run(lab) {
      const source = await lab.source('Raced')
      const ana = await lab.person('leak5-ana')
      const group = await lab.group('Raced', ana)
      const secret = await lab.secret(source, { allow: [group] })
      await assertReads(lab, 'leak5-ana', secret)
      // Meanwhile the whole index is made anew beside the one that is searched, and takes its place.
      await lab.admin.send('POST', '/v1/index/reindex', {})
      for (let round = 0; round < 5; round++) {
        const text = `# About ${secret.canary}\n\nThe ${secret.topic} is kept where ${secret.canary} says so, round ${round}.`
        const content = { mediaType: 'text/markdown', text }
        const [pushed] = await Promise.all([
          lab.admin.send('PUT', `${addressOf(source, secret.externalId)}?wait=indexed`, {
            content,
            access: { allow: [group] },
          }),
          lab.admin.send('DELETE', membership(group, ana)).then(() => assertGone(lab, 'leak5-ana', secret)),
        ])
        assert.ok(pushed)
        await assertGone(lab, 'leak5-ana', secret)
        await lab.admin.send('PUT', membership(group, ana))
        await assertReads(lab, 'leak5-ana', secret)
        // The list itself, too: the new text is never served under the old one.
        await lab.admin.send('PUT', addressOf(source, secret.externalId), { content, access: { allow: [] } })
        await assertGone(lab, 'leak5-ana', secret)
        await lab.put(source, secret.externalId, text, { allow: [group] })
      }
      await indexJobDone(lab, 'reindex')
      // Rows may lag behind a list that changed alone, and hide for that long.
      await eventually(() => assertReads(lab, 'leak5-ana', secret))
      await lab.admin.send('POST', '/v1/index/reconcile')
      await lab.admin.send('DELETE', membership(group, ana))
      await assertGone(lab, 'leak5-ana', secret)
      await indexJobDone(lab, 'reconciliation')
      await assertGone(lab, 'leak5-ana', secret)
    },
  },
  {
    number: 6,
    name: 'rights that nobody confirms any more are not frozen: half a listing changes nothing, an old one is read by nobody',
    async run(lab) {
      const folder = await mkdtemp(join(tmpdir(), 'tessera-leak6-'))
      try {
        const { secret, dataSource, sync } = await syncedFolder(lab, folder)
        await assertReads(lab, 'leak6-ana', secret)
        await assertHidden(lab, 'leak6-ben', secret)
        // The listing breaks off in the middle: it would have let ben in, and ana out.
        await writeFile(join(folder, 'access.yaml'), accessFile('ben') + '  - path: "x"\n    allow: [no-such-group]\n')
        await assert.rejects(sync(), /access.yaml/)
        await assertReads(lab, 'leak6-ana', secret)
        await assertHidden(lab, 'leak6-ben', secret)
        // And goes on breaking off, for longer than rights may go without being confirmed.
        await lab.world.sql(`update access.data_source_confirmations
          set confirmed_at = confirmed_at - interval '2 days' where data_source_id = '${dataSource}'`)
        await assertHidden(lab, 'leak6-ana', secret)
        await writeFile(join(folder, 'access.yaml'), accessFile('ben'))
        await sync()
        await assertReads(lab, 'leak6-ben', secret)
        await assertHidden(lab, 'leak6-ana', secret)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  },
  {
    number: 7,
    name: 'no second path to a text goes without the check',
    async run(lab) {
      const source = await lab.source('Paths')
      const ana = await lab.person('leak7-ana')
      await lab.person('leak7-ben')
      await lab.person('leak7-auditor', { roles: ['member', 'auditor'] })
      const agent = 'leak7'
      await lab.agent(agent)
      const secret = await lab.secret(source, { allow: [ana] })
      const { passageId } = await assertReads(lab, 'leak7-ana', secret)
      const answer = await asked(lab, 'leak7-ana', agent, `What is the ${secret.topic}?`)
      assert.ok(answer.reply.text.includes(secret.canary))
      const conversation = await lab.say('leak7-ana', 'GET', `/v1/conversations/${answer.conversationId}`)
      assert.ok(conversation.text.includes(secret.canary))
      const chat = await lab.say('leak7-ana', 'POST', '/v1/chat/completions', {
        ...{ model: `agent/${agent}`, messages: [{ role: 'user', content: `What is the ${secret.topic}?` }] },
      })
      assert.ok(chat.text.includes(secret.canary))
      const target = { ...secret, passageId, agent, answer }
      await assertHidden(lab, 'leak7-ben', target)
      // Those who administer and audit read logs and exports, in which no text stands.
      const log = await lab.say('leak7-auditor', 'GET', '/v1/audit/export')
      assert.equal(log.status, 200)
      assert.ok(log.text.length > 1000)
      for (const who of ['leak7-auditor', 'admin']) await assertHidden(lab, who, target)
      await assertNeighboursHidden(lab, source)
      await assertAttachmentsHidden(lab, source, ana)
    },
  },
  {
    number: 9,
    name: 'what was made for one reader is no answer for another, nor for the same one after a revoke',
    async run(lab) {
      const source = await lab.source('Cached')
      const ana = await lab.person('leak9-ana')
      await lab.person('leak9-ben')
      const agent = 'leak9'
      await lab.agent(agent)
      const group = await lab.group('Cached', ana)
      const secret = await lab.secret(source, { allow: [group] })
      const question = `What is the ${secret.topic}?`
      const chat = { model: `agent/${agent}`, temperature: 0, messages: [{ role: 'user', content: question }] }
      for (let times = 0; times < 2; times++) {
        await assertReads(lab, 'leak9-ana', secret)
        assert.ok((await lab.say('leak9-ana', 'POST', '/v1/chat/completions', chat)).text.includes(secret.canary))
        await assertHidden(lab, 'leak9-ben', { ...secret, agent })
      }
      // A raw model's answer that its caller had kept.
      const raw = {
        ...{ model: 'openai-compatible/recorded', cache_seconds: 3600 },
        messages: [{ role: 'user', content: newWord('topic') }],
      }
      const kept = async (who: string) => (await lab.say(who, 'POST', '/v1/chat/completions', raw)).text
      answers.next = () => ({ content: `It is ${secret.canary}.` })
      assert.ok((await kept('leak9-ana')).includes(secret.canary))
      answers.next = () => ({ content: 'Nothing of the kind.' })
      assert.ok((await kept('leak9-ana')).includes(secret.canary), 'it was kept')
      assert.ok((await kept('leak9-ben')).includes('Nothing of the kind.'))
      await lab.admin.send('DELETE', membership(group, ana))
      assert.ok((await kept('leak9-ana')).includes('Nothing of the kind.'), 'what was decided before is forgotten')
      answers.next = undefined
      lab.forget('leak9-ana')
      assert.equal((await lab.say('leak9-ana', 'POST', '/v1/chat/completions', chat)).status, 200)
      lab.assertNotTold('leak9-ana', secret.canary, 'the same chat after the revoke')
      await assertHidden(lab, 'leak9-ana', { ...secret, agent })
    },
  },
  {
    number: 16,
    name: 'no score, count or status tells of hidden documents',
    async run(lab) {
      const source = await lab.source('Counted')
      const ana = await lab.person('leak16-ana')
      const ben = await lab.person('leak16-ben')
      const topic = newWord('topic')
      const texts = [
        `The ${topic} is open.`,
        `A ${topic}, and another ${topic}, are open.`,
        `Long after the ${topic} came rain.`,
      ]
      for (const [index, text] of texts.entries()) await lab.put(source, `open-${index}`, text, { allow: [ana, ben] })
      const seenBy = async (who: string) =>
        (await found(lab, who, topic)).map(({ text }) => text).filter((text) => text.includes(topic))
      const seen = () => seenBy('leak16-ben')
      const before = await seen()
      assert.equal(before.length, 3)
      for (let index = 0; index < 12; index++)
        await lab.put(source, `hidden-${index}`, `The ${topic} is ${topic}, hidden and open. Rain.`, { allow: [ana] })
      assert.equal((await seenBy('leak16-ana')).length, 15)
      assert.deepEqual((await seen()).toSorted(), before.toSorted())
      await assertAlike(lab, await lab.secret(source, { allow: [ana] }))
    },
  },
  {
    number: 23,
    name: 'neither an id, nor an entity tag, nor a duplicate tells whether a text exists',
    async run(lab) {
      const [ours, theirs] = [await lab.source('Known'), await lab.source('Guessed')]
      const ana = await lab.person('leak23-ana')
      const ben = await lab.person('leak23-ben')
      const secret = await lab.secret(ours, { allow: [ana] })
      const { passageId } = await assertReads(lab, 'leak23-ana', secret)
      await assertHidden(lab, 'leak23-ben', { ...secret, passageId })
      // Ben guesses the very text, and one that nobody has: under the same name in his own source, both are new.
      const text = `# About ${secret.canary}\n\nThe ${secret.topic} is kept where ${secret.canary} says so.`
      const guess = await lab.put(theirs, secret.externalId, text, { allow: [ben] })
      const guessed = (await found(lab, 'leak23-ben', secret.topic)).find(({ text }) => text.includes(secret.canary))
      assert.ok(guessed && guessed.documentId === guess && guess !== secret.documentId)
      assert.notEqual(guessed.passageId, passageId, 'the id of a passage is no hash of its text alone')
      lab.forget('leak23-ben')
      const keyed = (name: string) =>
        lab.say('admin', 'PUT', `${addressOf(theirs, name)}?wait=indexed`, {
          content: {
            mediaType: 'text/markdown',
            text: name === 'same' ? text : text.replaceAll(secret.canary, newWord('canary')),
          },
          access: { allow: [ben] },
        })
      const [same, other] = [await keyed('same'), await keyed('other')]
      const shape = ({ status, headers, json }: typeof same) => [
        status,
        Object.keys(json),
        [...headers.keys()].toSorted(),
        json['indexed'],
      ]
      assert.deepEqual(shape(same), shape(other))
      for (const header of ['etag', 'last-modified', 'content-digest']) assert.equal(same.headers.get(header), null)
    },
  },
]

async function indexJobDone(lab: Lab, job: 'reindex' | 'reconciliation') {
  const done = async () => {
    const status = await lab.admin.get<Record<typeof job, { state: string } | undefined>>('/v1/index')
    assert.equal(status[job]?.state, 'done', JSON.stringify(status))
  }
  await eventually(done, { timeoutMs: 60_000 })
}

const accessFile = (person: string) => `version: 1
groups:
  readers:
    members: [${person}]
rules:
  - path: "**"
    allow: [readers]
`

async function syncedFolder(lab: Lab, folder: string) {
  const [topic, canary] = [newWord('topic'), newWord('canary')]
  await writeFile(join(folder, 'page.md'), `# About ${canary}\n\nThe ${topic} is kept where ${canary} says so.`)
  await writeFile(join(folder, 'access.yaml'), accessFile('ana'))
  const { space } = await lab.source('Synced')
  const connection = await lab.admin.send<{ id: string }>('POST', '/v1/connections', {
    ...{ connector: 'folder', title: 'Synced', settings: { root: folder } },
  })
  const { dataSource } = await lab.admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    ...{ title: 'Synced', space, connectionId: connection.id },
  })
  for (const person of ['ana', 'ben']) {
    const user = await lab.person(`leak6-${person}`)
    await lab.admin.send('PUT', `/v1/users/${user}/identities/${dataSource.id}/${person}`)
  }
  type Sync = { id: string; state: string; fault?: { detail: string } }
  const syncs = `/v1/data-sources/${dataSource.id}/syncs`
  const sync = async () => {
    const { id } = await lab.admin.send<Sync>('POST', syncs, {})
    const ended = await eventually(
      async () => {
        const now = await lab.admin.get<Sync>(`${syncs}/${id}`)
        assert.notEqual(now.state, 'running')
        return now
      },
      { timeoutMs: 30_000 },
    )
    if (ended.state !== 'done') throw new Error(ended.fault?.detail)
    await eventually(
      async () => (await lab.admin.get<{ waiting: number }>(`/v1/data-sources/${dataSource.id}/index`)).waiting === 0,
      { timeoutMs: 30_000 },
    )
  }
  await sync()
  const source = { id: dataSource.id, space }
  const page = await lab.done<{ documentId: string }>('leak6-ana', 'GET', addressOf(source, 'page.md'))
  const secret: Secret = { source, externalId: 'page.md', documentId: page.documentId, topic, canary }
  return { secret, dataSource: dataSource.id, sync }
}

/** A document whose middle is not for everybody: what stands around it does not show it. */
async function assertNeighboursHidden(lab: Lab, source: Secret['source']) {
  await lab.label('leak7', { requires: ['leak7'], below: 'none' })
  const [topic, canary] = [newWord('topic'), newWord('canary')]
  const part = (heading: string, text: string) =>
    `# ${heading}\n\n${text} ${'It goes on for a while like this. '.repeat(80)}\n\n`
  const text =
    part('First', `The ${topic} begins.`) +
    part('Second', `The ${topic} is ${canary}.`) +
    part('Third', `The ${topic} ends.`)
  await lab.put(source, 'neighbours', text, { allow: ['workspace:members'] }, [{ label: 'leak7', heading: 'Second' }])
  lab.forget('leak7-ben')
  const passages = await found(lab, 'leak7-ben', topic)
  assert.ok(passages.length > 0)
  for (const { passageId } of passages) {
    const citation = await lab.say('leak7-ben', 'GET', `/v1/citations/${passageId}`)
    assert.equal(citation.status, 200)
  }
  assert.equal((await lab.say('leak7-ben', 'GET', addressOf(source, 'neighbours'))).status, 200)
  const around = { query: topic, limit: 3, neighbours: 3, highlights: true }
  assert.equal((await lab.say('leak7-ben', 'POST', '/v1/search', around)).status, 200)
  const pages = await pagesOf(lab, 'leak7-ben', passages[0]?.documentId ?? '')
  assert.ok(pages.some((page) => page.includes('Third')) && pages.every((page) => page.includes('"passages":[{')))
  lab.assertNotTold('leak7-ben', canary, 'neighbours')
  await lab.clear((await lab.done<{ name: string }>('leak7-ana', 'GET', '/v1/me')).name, 'leak7')
  const whole = await lab.say('leak7-ana', 'GET', addressOf(source, 'neighbours'))
  assert.ok(whole.text.includes(canary))
  assert.ok((await pagesOf(lab, 'leak7-ana', passages[0]?.documentId ?? '')).some((page) => page.includes(canary)))
}

/** A document, one passage after the other, as a reader gets them. */
async function pagesOf(lab: Lab, who: string, documentId: string): Promise<string[]> {
  const pages: string[] = []
  for (let after = ''; ;) {
    const page = await lab.say(who, 'GET', `/v1/documents/${documentId}?limit=1${after}`)
    assert.equal(page.status, 200, page.text)
    pages.push(page.text)
    const { nextAfter } = page.json as { nextAfter?: string }
    if (nextAfter === undefined) return pages
    after = `&after=${nextAfter}`
  }
}

/** What lies in a mail is for those whom the mail is for, as soon as that is acknowledged. */
async function assertAttachmentsHidden(lab: Lab, source: Secret['source'], ana: string) {
  const [topic, canary] = [newWord('topic'), newWord('canary')]
  const mail = [
    'From: a@company.example\r\nSubject: Plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n',
    '--part\r\nContent-Type: text/plain\r\n\r\nSee there.',
    `--part\r\nContent-Type: text/plain; name=plan.txt\r\nContent-Disposition: attachment; filename=plan.txt\r\n`,
    `The ${topic} is ${canary}.`,
    '--part--\r\n',
  ].join('\r\n')
  const push = async (allow: string[]) => {
    const form = new FormData()
    form.append('document', JSON.stringify({ content: { mediaType: 'message/rfc822' }, access: { allow } }))
    form.append('file', new File([mail], 'plan.eml', { type: 'message/rfc822' }))
    const reply = await lab.say('admin', 'PUT', `${addressOf(source, 'plan.eml')}?wait=indexed`, form)
    assert.equal(reply.status, 200, reply.text)
    const [attachment] = reply.json['attachments'] as { documentId: string; externalId: string }[]
    assert.ok(attachment, reply.text)
    return { source, topic, canary, ...attachment }
  }
  const secret = await push([ana])
  const { passageId } = await assertReads(lab, 'leak7-ana', secret)
  await assertHidden(lab, 'leak7-ben', { ...secret, passageId })
  await push([])
  await assertGone(lab, 'leak7-ana', { ...secret, passageId })
}

/** On each route that takes an id, a document that is forbidden, another workspace's and none at all are the same, byte for byte. */
async function assertAlike(lab: Lab, forbidden: Secret) {
  const { passageId } = await assertReads(lab, 'leak16-ana', forbidden)
  const theirs = await foreignDocument(lab)
  type Document = { source: Secret['source']; externalId: string; documentId: string; passageId: string }
  const none: Document = {
    source: { id: newId('src'), space: '' },
    ...{ externalId: 'none', documentId: newId('doc'), passageId: newId('psg') },
  }
  const quarantined = await quarantinedDocument(lab, forbidden.source)
  const reader = (await lab.done<{ name: string }>('leak16-ben', 'GET', '/v1/me')).name
  const routes: ((document: Document) => [string, string, unknown?])[] = [
    ({ source, externalId }) => ['GET', addressOf(source, externalId)],
    ({ passageId }) => ['GET', `/v1/citations/${passageId}`],
    ({ passageId }) => ['GET', `/v1/passages/${passageId}/digest`],
    ({ documentId }) => ['GET', `/v1/documents/${documentId}/access`],
    ({ documentId }) => ['POST', '/v1/access/check', { questions: [{ reader, documentId }] }],
    ({ documentId }) => ['POST', '/v1/access/explain', { question: { reader, documentId } }],
    ({ documentId }) => ['POST', '/v1/access/readers', { documentId }],
  ]
  for (const route of routes) {
    const answers = []
    for (const document of [none, { ...forbidden, passageId }, theirs, quarantined]) {
      const { status, text, headers } = await lab.say('leak16-ben', ...route(document))
      const said = text.replaceAll(/"(traceId|instance|decisionId|receipt)":("[^"]*"|\{[^}]*\})/g, '')
      const names = [...headers.keys()].filter((name) => name !== 'content-length')
      answers.push(JSON.stringify([status, said, names]))
    }
    assert.equal(new Set(answers).size, 1, answers.join('\n'))
  }
}

async function foreignDocument(lab: Lab) {
  const stranger = async (method: string, path: string, body: unknown) => {
    const reply = await lab.say('stranger', method, path, body, { token: lab.world.foreignToken })
    assert.ok(reply.status < 300, reply.text)
    return reply.json
  }
  const { space } = (await stranger('POST', '/v1/spaces', { title: 'Theirs' })) as { space: { name: string } }
  const { dataSource } = (await stranger('POST', '/v1/data-sources', { title: 'Theirs', space: space.name })) as {
    dataSource: { id: string }
  }
  const source = { id: dataSource.id, space: space.name }
  const { documentId } = (await stranger('PUT', addressOf(source, 'a.md'), {
    content: { mediaType: 'text/plain', text: 'Theirs alone.' },
    access: { allow: ['workspace:members'] },
  })) as { documentId: string }
  return { source, externalId: 'a.md', documentId, passageId: newId('psg') }
}

/** Its list would let everybody in, but its source can't tell who reads it. */
async function quarantinedDocument(lab: Lab, source: Secret['source']) {
  const secret = await lab.secret(source, { allow: ['workspace:members'] })
  const { passageId } = await assertReads(lab, 'leak16-ben', secret)
  const report = await lab.load([
    {
      ...{ type: 'document', documentId: secret.documentId, dataSourceId: source.id, contentVersion: newId('ver') },
      ...{ allow: ['workspace:members'], deny: [], gates: [], denyAgents: [], state: 'quarantined' },
    },
  ])
  assert.match(report.text, /"errors":\[\]/)
  await assertGone(lab, 'leak16-ben', { ...secret, passageId })
  return { ...secret, passageId }
}
