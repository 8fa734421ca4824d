import assert from 'node:assert/strict'
import { newId } from '@tessera/shared/ids/ids'
import { membership } from '../src/api.ts'
import { assertGone, assertHidden } from './thirty-leaks.attacks.ts'
import { addressOf, asked, askedIn, assertReads, type Lab, type Reply } from './thirty-leaks.lab.ts'
import type { Leak } from './thirty-leaks.leak.ts'

/** Who may change what, act for whom, and ask about whom. */
export const administrationLeaks: readonly Leak[] = [
  {
    number: 25,
    name: "a push key writes its own source's facts alone, and a re-sync takes no admin's deny away",
    async run(lab) {
      const [ours, theirs] = [await lab.source('Pushed'), await lab.source('Not pushed')]
      const ana = await lab.person('leak25-ana')
      const ben = await lab.person('leak25-ben')
      const { serviceAccount } = await lab.admin.send<{ serviceAccount: { name: string } }>(
        'POST',
        '/v1/service-accounts',
        {
          displayName: 'Pusher',
        },
      )
      const { secret: token } = await lab.admin.send<{ secret: string }>('POST', '/v1/keys', {
        ...{ title: 'push', principal: serviceAccount.name, scopes: ['push'], dataSourceId: ours.id },
      })
      const push = (method: string, path: string, body?: unknown) =>
        lab.say('leak25-key', method, path, body, { token })
      const secret = await lab.secret(ours, { allow: [ana, ben] })
      const other = await lab.secret(theirs, { allow: [ana] })
      const text = `The ${secret.topic} is kept where ${secret.canary} says so.`
      const pushed = (allow: string[]) => ({ content: { mediaType: 'text/plain', text }, access: { allow } })
      const repush = async () => {
        const reply = await push('PUT', `${addressOf(ours, secret.externalId)}?wait=indexed`, pushed([ana, ben]))
        assert.equal(reply.status, 200, reply.text)
      }
      await repush()
      await assertReads(lab, 'leak25-ben', secret)
      await lab.admin.send('PUT', `/v1/documents/${secret.documentId}/access`, {
        ...{ deny: [ben], gates: [], denyAgents: [], labels: [] },
      })
      await repush()
      await push('PUT', `/v1/data-sources/${ours.id}/directory`, {
        groups: [{ nativeId: 'ben', people: [], groups: [] }],
      })
      await repush()
      await assertHidden(lab, 'leak25-ben', secret)
      await assertReads(lab, 'leak25-ana', secret)

      const mine = { nativeId: 'mine', people: ['U1'], groups: [] }
      const refused: Reply[] = [
        await push('PUT', addressOf(theirs, other.externalId), pushed([ben])),
        await push('PUT', addressOf(theirs, 'new'), pushed([ben])),
        await push('DELETE', addressOf(theirs, other.externalId)),
        await push('PUT', `/v1/data-sources/${theirs.id}/directory`, { groups: [mine] }),
        await push('PUT', `/v1/users/${ben}/identities/${ours.id}/U1`),
        await push('PUT', membership(ours.space, ben)),
        await push('PUT', `/v1/clearances/${ben}`, { clearances: ['hr'] }),
        await push('PUT', '/v1/labels/leak25', { title: 'L', requires: [], below: 'none', hidesTitle: false }),
        await push('PUT', `/v1/documents/${secret.documentId}/access`, {
          deny: [],
          gates: [],
          denyAgents: [],
          labels: [],
        }),
        await push('POST', '/v1/policies', { title: 'P', text: '' }),
        await push('POST', '/v1/agents', {
          handle: 'leak25',
          title: 'A',
          definition: { instructions: '', scope: { kind: 'everything' } },
        }),
        await push('POST', '/v1/search', { query: secret.topic }),
        await push('GET', addressOf(ours, secret.externalId)),
      ]
      assert.deepEqual(
        refused.map(({ status }) => status).filter((status) => status !== 403 && status !== 404),
        [],
      )
      for (const who of ['leak25-ben', 'leak25-key']) lab.assertNotTold(who, other.canary, 'the other source')
      await assertReads(lab, 'leak25-ana', other)
      await assertHidden(lab, 'leak25-ben', other)
    },
  },
  {
    number: 26,
    name: 'an app exchanges only what was issued to it, once, and reads no more than user and app together',
    async run(lab) {
      const [source, outside] = [await lab.source('Within'), await lab.source('Outside')]
      const ana = await lab.person('leak26-ana')
      await lab.person('leak26-ben')
      const secret = await lab.secret(source, { allow: [ana] })
      const beyond = await lab.secret(outside, { allow: [ana] })
      const appOf = async (clientId: string) => {
        const { serviceAccount } = await lab.admin.send<{ serviceAccount: { name: string } }>(
          'POST',
          '/v1/service-accounts',
          {
            displayName: clientId,
          },
        )
        await lab.admin.send('PUT', `/v1/service-accounts/${serviceAccount.name}/acting`, {
          ...{ clientId, scope: { kind: 'selected', dataSourceIds: [source.id] } },
        })
        const { secret: key } = await lab.admin.send<{ secret: string }>('POST', '/v1/keys', {
          ...{ title: clientId, principal: serviceAccount.name, scopes: ['all'] },
        })
        return { key, name: serviceAccount.name }
      }
      const [app, other] = [await appOf('leak26-app'), await appOf('leak26-other')]
      const exchange = (key: string, subjectToken: string) =>
        lab.say('leak26-app', 'POST', '/v1/token', undefined, { token: key, form: exchangeForm(subjectToken) })
      const issued = (audience: string, who = 'leak26-ana') => lab.world.tokenFor(who, { audience })
      const acting = await exchange(app.key, await issued('leak26-app'))
      assert.equal(acting.status, 200, acting.text)
      const token = String(acting.json['access_token'])
      const seen = await lab.say('leak26-app', 'POST', '/v1/search', { query: secret.topic }, { token })
      assert.ok(seen.text.includes(secret.canary))
      await assertReads(lab, 'leak26-ana', beyond)
      await assertHidden(lab, 'leak26-app', beyond, { token })

      const bad = [
        await exchange(app.key, await issued('leak26-other')),
        await exchange(other.key, await issued('leak26-app')),
        await exchange(app.key, await lab.world.tokenFor('leak26-ana')),
        await exchange(app.key, token),
        await exchange(token, await issued('leak26-app')),
        await exchange(await lab.world.tokenFor('leak26-ben'), await issued('leak26-app')),
        await exchange(app.key, await issued('leak26-app', 'leak26-nobody')),
      ]
      for (const { status, json } of bad) assert.ok(status >= 400 && json['access_token'] === undefined)
      // As the app itself, and as somebody else, it reads nothing; and it ends with the right to act.
      await assertHidden(lab, 'leak26-app', secret, { token: app.key })
      const asBen = await exchange(app.key, await issued('leak26-app', 'leak26-ben'))
      await assertHidden(lab, 'leak26-app', secret, { token: String(asBen.json['access_token']) })
      await lab.admin.send('DELETE', `/v1/service-accounts/${app.name}/acting`)
      await assertHidden(lab, 'leak26-app', secret, { token })
    },
  },
  {
    number: 28,
    name: 'a restored backup brings no right back: the workspace stops until an admin confirms',
    async run(lab) {
      const source = await lab.source('Restored')
      const ana = await lab.person('leak28-ana')
      const group = await lab.group('Restored', ana)
      const secret = await lab.secret(source, { allow: [group] })
      await lab.agent('leak28')
      const answer = await asked(lab, 'leak28-ana', 'leak28', `What is the ${secret.topic}?`)
      assert.ok(answer.reply.text.includes(secret.canary), answer.reply.text)
      await lab.world.backUp()
      await assertReads(lab, 'leak28-ana', secret)
      await lab.admin.send('DELETE', membership(group, ana))
      await assertGone(lab, 'leak28-ana', secret)
      const token =
        (await lab.say('leak28-ana', 'POST', '/v1/search', { query: 'a' })).headers.get('tessera-revision') ?? ''
      await lab.world.restore()

      // In the copy she is still a member. Her own last token is what tells that something is missing, if nothing else has by then.
      lab.forget('leak28-ana')
      const first = await lab.say(
        'leak28-ana',
        'POST',
        '/v1/search',
        { query: secret.topic },
        { headers: { 'tessera-at-least': token } },
      )
      assert.ok(first.status >= 400, first.text)
      const stopped = await lab.say('leak28-ana', 'POST', '/v1/search', { query: secret.topic })
      assert.equal(stopped.json['code'], 'access.stopped', stopped.text)
      for (const path of [addressOf(source, secret.externalId), `${answer.path}/events`, '/v1/spaces'])
        assert.equal((await lab.say('leak28-ana', 'GET', path)).json['code'], 'access.stopped', path)
      await lab.say('leak28-ana', 'GET', `/v1/conversations/${answer.conversationId}`)
      await askedIn(lab, 'leak28-ana', answer.conversationId, { text: 'Rewrite that as a memo.' })
      const write = await lab.say('admin', 'POST', '/v1/groups', { title: 'G' })
      assert.equal(write.json['code'], 'access.stopped')
      lab.assertNotTold('leak28-ana', secret.canary, 'a stopped workspace')

      type Settings = { workspace: { stopped?: { seenRevision: string } } }
      const { workspace } = await lab.admin.get<Settings>('/v1/workspace')
      const seenRevision = workspace.stopped?.seenRevision
      assert.ok(seenRevision)
      assert.equal((await lab.say('leak28-ana', 'POST', '/v1/workspace/resume', { seenRevision })).status, 403)
      // The admin puts right what is missing as soon as it goes on.
      await lab.admin.send('POST', '/v1/workspace/resume', { seenRevision })
      await lab.admin.send('DELETE', membership(group, ana))
      await assertGone(lab, 'leak28-ana', secret)
      await lab.admin.send('PUT', membership(group, ana))
      await assertReads(lab, 'leak28-ana', secret)
      const later = await lab.say(
        'leak28-ana',
        'POST',
        '/v1/search',
        { query: 'a' },
        { headers: { 'tessera-at-least': token } },
      )
      assert.equal(later.status, 200, 'tokens that were given out before stay in order')
    },
  },
  {
    number: 29,
    name: 'an admin who grants themselves waits for a second one',
    async run(lab) {
      const source = await lab.source('Two admins')
      const ana = await lab.person('leak29-ana')
      await lab.person('leak29-second', { roles: ['admin', 'member'] })
      const me = (await lab.admin.get<{ name: string }>('/v1/me')).name
      const group = await lab.group('Two admins', ana)
      const inner = await lab.group('Inner', me)
      await lab.label('leak29', { requires: ['leak29'], below: 'none' })
      const secret = await lab.secret(source, { allow: [group] })
      const denied = await lab.secret(source, { allow: ['workspace:members'], deny: [inner] })
      const dark = await lab.secret(source, { allow: ['workspace:members'], labels: ['leak29'] })
      await lab.admin.send('PATCH', '/v1/workspace', { twoAdmins: true })
      const propose = async (method: string, path: string, body?: unknown) => {
        const reply = await lab.say('admin', method, path, body)
        assert.equal(reply.status, 403, `${method} ${path}: ${reply.text}`)
        assert.equal(reply.json['code'], 'access.approval-required', reply.text)
        return proposalOf(lab, reply)
      }
      try {
        await assertReads(lab, 'leak29-ana', secret)
        const grant = await propose('PUT', membership(group, me))
        await propose('PUT', membership(group, inner))
        await propose('DELETE', membership(inner, me))
        await propose('DELETE', `/v1/groups/${inner}`)
        await propose('PUT', `/v1/clearances/${me}`, { clearances: ['leak29'] })
        await propose('PUT', '/v1/labels/leak29', { title: 'L', requires: [], below: 'none', hidesTitle: false })
        await propose('DELETE', '/v1/labels/leak29')
        await propose('PUT', `/v1/users/${me}/identities/${source.id}/U1`)
        await propose('PATCH', `/v1/users/${ana}`, { roles: ['admin'] })
        await propose('POST', '/v1/users', {
          issuer: lab.world.issuer,
          subject: 'leak29-third',
          displayName: 'T',
          roles: ['admin'],
        })
        await propose('PATCH', '/v1/workspace', { twoAdmins: false })
        for (const target of [secret, denied, dark]) await assertHidden(lab, 'admin', target)
        // Neither by themselves, nor by somebody who is no admin, nor with another hash.
        const approve = (who: string, hash: string) =>
          lab.say(who, 'POST', `/v1/approvals/${grant.id}/approve`, { hash })
        for (const [who, hash] of [
          ['admin', grant.hash],
          ['leak29-ana', grant.hash],
          ['leak29-second', 'f'.repeat(grant.hash.length)],
        ] as const)
          assert.ok((await approve(who, hash)).status >= 400, who)
        await assertHidden(lab, 'admin', secret)
        const approved = await approve('leak29-second', grant.hash)
        assert.equal(approved.status, 200, approved.text)
        await assertReads(lab, 'admin', secret)
        for (const target of [denied, dark]) await assertHidden(lab, 'admin', target)
        // What only takes away needs nobody.
        await lab.admin.send('DELETE', membership(group, me))
        await assertHidden(lab, 'admin', secret)
      } finally {
        const { id, hash } = await propose('PATCH', '/v1/workspace', { twoAdmins: false })
        await lab.done('leak29-second', 'POST', `/v1/approvals/${id}/approve`, { hash })
      }
    },
  },
  {
    number: 30,
    name: 'who may not know learns nothing from check, explain, readers, documents and simulate',
    async run(lab) {
      const [source, elsewhere] = [await lab.source('Asked about'), await lab.source('Elsewhere')]
      const ana = await lab.person('leak30-ana')
      const ben = await lab.person('leak30-ben')
      const delegate = await lab.person('leak30-delegate')
      await lab.person('leak30-auditor', { roles: ['auditor'] })
      await lab.admin.send('PUT', `/v1/spaces/${elsewhere.space}/delegates/${delegate}`)
      const secret = await lab.secret(source, { allow: [ana], deny: [ben] })
      const { documentId } = secret
      const none = newId('doc')
      const change = (documentId: string) => ({
        type: 'document.changed',
        documentId,
        deny: [],
        gates: [],
        denyAgents: [],
        labels: [],
      })
      const same = async (who: string, path: string, bodyOf: (documentId: string) => unknown) => {
        const [real, made] = [
          await lab.say(who, 'POST', path, bodyOf(documentId)),
          await lab.say(who, 'POST', path, bodyOf(none)),
        ]
        assert.deepEqual([real.status, saidOf(real, documentId)], [made.status, saidOf(made, none)], `${who}: ${path}`)
        return real
      }
      const check = (reader: string) => (documentId: string) => ({ questions: [{ reader, documentId }] })
      for (const reader of [ben, ana, 'user:usr_nobody']) {
        const { json } = await same('leak30-ben', '/v1/access/check', check(reader))
        assert.deepEqual(json['answers'], [{ answer: 'no' }])
        await same('leak30-ben', '/v1/access/explain', (documentId) => ({ question: { reader, documentId } }))
      }
      for (const who of ['leak30-ben', 'leak30-delegate']) {
        await same(who, '/v1/access/readers', (documentId) => ({ documentId }))
        await same(who, '/v1/access/simulate', (documentId) => ({ changes: [change(documentId)] }))
        await same(who, '/v1/access/simulate', (documentId) => ({
          ...{
            changes: [{ type: 'membership.added', container: elsewhere.space, member: ben }],
            documentIds: [documentId],
          },
        }))
      }
      await assertHidden(lab, 'leak30-delegate', secret)
      const listed = await lab.say('leak30-ben', 'POST', '/v1/access/documents', { reader: ben })
      assert.ok(!listed.text.includes(documentId))

      // Who may ask is told, and those it is about, about themselves.
      const own = await lab.say('leak30-ana', 'POST', '/v1/access/check', check(ana)(documentId))
      assert.deepEqual(own.json['answers'], [{ answer: 'allowed' }])
      const why = await lab.say('leak30-auditor', 'POST', '/v1/access/explain', {
        question: { reader: ben, documentId },
      })
      assert.match(why.text, /"code":"deny"/)
      const readers = await lab.say('leak30-auditor', 'POST', '/v1/access/readers', { documentId })
      assert.ok(readers.text.includes(ana) && !readers.text.includes(ben))
      await assertHidden(lab, 'leak30-auditor', secret)
    },
  },
]

const exchangeForm = (subjectToken: string) =>
  new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  }).toString()

/** The proposal that a refused change was stored as, with the hash of all that it would do. */
async function proposalOf(lab: Lab, refused: Reply): Promise<{ id: string; hash: string }> {
  const { items } = await lab.admin.get<{ items: { id: string; hash: string }[] }>('/v1/approvals?state=waiting')
  const proposal = items.find(({ id }) => refused.text.includes(id))
  assert.ok(proposal, refused.text)
  return proposal
}

/** What an answer says, without what is new in each and without the id that was asked about. */
const saidOf = ({ text }: Reply, documentId: string) =>
  text.replaceAll(/"(traceId|decisionId|receipt)":("[^"]*"|\{[^}]*\})/g, '').replaceAll(documentId, '')
