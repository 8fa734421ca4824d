import assert from 'node:assert/strict'
import { newId } from '@tessera/shared/ids/ids'
import { membership } from '../src/api.ts'
import { assertGone, assertHidden } from './thirty-leaks.attacks.ts'
import { addressOf, assertReads, newWord } from './thirty-leaks.lab.ts'
import type { Leak } from './thirty-leaks.leak.ts'

/** Who a name covers, and who gets in. */
export const principalLeaks: readonly Leak[] = [
  {
    number: 1,
    name: 'empty, missing or over-long principal lists are nobody, never "no restriction"',
    async run(lab) {
      const source = await lab.source('Lists')
      const ana = await lab.person('leak1-ana')
      await lab.person('leak1-ben')
      const listed = await lab.secret(source, { allow: [ana] })
      await assertReads(lab, 'leak1-ana', listed)
      await assertHidden(lab, 'leak1-ben', await lab.secret(source, { allow: [] }))
      await assertHidden(lab, 'leak1-ben', await lab.secret(source, { allow: ['group:grp_nobody', 'user:usr_nobody'] }))
      const tooLong = Array.from({ length: 10_001 }, (_, index) => `user:usr_${index}`)
      for (const access of [
        {},
        { allow: null },
        { allow: 'public' },
        { allow: tooLong },
        { allow: [''] },
        { allow: ['guests'] },
      ]) {
        const content = { mediaType: 'text/plain', text: `The ${listed.topic} is elsewhere now: ${newWord('canary')}.` }
        for (const externalId of [listed.externalId, newWord('doc')]) {
          const refused = await lab.say('admin', 'PUT', addressOf(source, externalId), { content, access })
          assert.equal(refused.status, 400, JSON.stringify(access).slice(0, 100))
        }
      }
      const missing = {
        type: 'document',
        documentId: listed.documentId,
        dataSourceId: source.id,
        contentVersion: newId('ver'),
      }
      const report = await lab.load([{ ...missing, deny: [], gates: [], denyAgents: [] }])
      assert.match(report.text, /"line":1,"field":"[^"]*allow/, report.text)
      await assertGone(lab, 'leak1-ben', listed)
      await assertReads(lab, 'leak1-ana', listed)
    },
  },
  {
    number: 2,
    name: 'same-named groups of two sources never meet',
    async run(lab) {
      const [ours, theirs] = [await lab.source('Ours'), await lab.source('Theirs')]
      const ana = await lab.person('leak2-ana')
      const ben = await lab.person('leak2-ben')
      for (const [source, user] of [
        [ours, ana],
        [theirs, ben],
      ] as const) {
        await lab.admin.send('PUT', `/v1/data-sources/${source.id}/directory`, {
          groups: [{ nativeId: 'staff', people: ['U1'], groups: [] }],
        })
        await lab.admin.send('PUT', `/v1/users/${encodeURIComponent(user)}/identities/${source.id}/U1`)
      }
      const secret = await lab.secret(ours, { allow: [`group:${ours.id}:staff`] })
      const other = await lab.secret(theirs, { allow: [`group:${theirs.id}:staff`] })
      await assertReads(lab, 'leak2-ana', secret)
      await assertReads(lab, 'leak2-ben', other)
      await assertHidden(lab, 'leak2-ben', secret)
      await assertHidden(lab, 'leak2-ana', other)
    },
  },
  {
    number: 3,
    name: 'who owns or administers something is no member of it',
    async run(lab) {
      const source = await lab.source('Owned')
      const ana = await lab.person('leak3-ana')
      const delegate = await lab.person('leak3-delegate')
      await lab.person('leak3-auditor', { roles: ['member', 'auditor'] })
      await lab.admin.send('PUT', `/v1/spaces/${source.space}/delegates/${delegate}`)
      // The admin made the space, the data source, the group and the document.
      const secret = await lab.secret(source, { allow: [await lab.group('Owned', ana)] })
      const { passageId } = await assertReads(lab, 'leak3-ana', secret)
      for (const who of ['admin', 'leak3-delegate', 'leak3-auditor'])
        await assertHidden(lab, who, { ...secret, passageId })
    },
  },
  {
    number: 4,
    name: 'what is inherited comes from the containers above, not from those below or of a like name',
    async run(lab) {
      const source = await lab.source('Inherited')
      const people = { above: 'leak4-ana', inside: 'leak4-ben', like: 'leak4-carla' }
      for (const [nativeId, subject] of Object.entries(people)) {
        const user = await lab.person(subject)
        await lab.admin.send('PUT', `/v1/users/${encodeURIComponent(user)}/identities/${source.id}/${nativeId}`)
      }
      const groups = [
        { nativeId: 'plans', people: ['above'], groups: [] },
        // It inherits: whoever reads what is above reads it, and not the other way round.
        { nativeId: 'plans/secret', people: ['inside'], groups: ['plans'] },
        { nativeId: 'plans/secret-2', people: ['like'], groups: [] },
      ]
      await lab.admin.send('PUT', `/v1/data-sources/${source.id}/directory`, { groups })
      const inner = await lab.secret(source, { allow: [`group:${source.id}:plans/secret`] })
      const outer = await lab.secret(source, { allow: [`group:${source.id}:plans`] })
      await assertReads(lab, people.above, inner)
      await assertReads(lab, people.above, outer)
      await assertReads(lab, people.inside, inner)
      await assertHidden(lab, people.inside, outer)
      for (const secret of [inner, outer]) await assertHidden(lab, people.like, secret)
      // It inherits no more.
      await lab.admin.send('PUT', `/v1/data-sources/${source.id}/directory`, {
        groups: groups.map((group) => ({ ...group, groups: [] })),
      })
      await assertHidden(lab, people.above, inner)
      await assertReads(lab, people.inside, inner)
    },
  },
  {
    number: 13,
    name: 'an address, a name and a subject that are used again are somebody new',
    async run(lab) {
      const source = await lab.source('Reused')
      const ana = await lab.person('leak13-ana')
      const group = await lab.group('Reused', ana)
      const secret = await lab.secret(source, { allow: [ana, group] })
      await assertReads(lab, 'leak13-ana', secret)
      // The provider calls somebody else by her name, and then brings her subject back after she was erased.
      await lab.person('leak13-other')
      await assertHidden(lab, 'leak13-other', secret, {
        token: await lab.world.tokenFor('leak13-other', { name: 'leak13-ana' }),
      })
      await lab.admin.send('DELETE', `/v1/users/${ana}`)
      const back = await lab.done<{ name: string; state: string }>('leak13-ana', 'GET', '/v1/me')
      assert.notEqual(back.name, ana)
      assert.equal(back.state, 'pending')
      await assertHidden(lab, 'leak13-ana', secret)
      await lab.admin.send('PATCH', `/v1/users/${back.name}`, { state: 'active' })
      await assertHidden(lab, 'leak13-ana', secret)
      await lab.admin.send('PUT', membership(group, back.name))
      await assertReads(lab, 'leak13-ana', secret)
    },
  },
  {
    number: 14,
    name: 'nested and cyclic groups, and somebody in 10,000 of them',
    async run(lab) {
      const source = await lab.source('Nested')
      const ana = await lab.person('leak14-ana')
      const ben = await lab.person('leak14-ben')
      const ring: string[] = []
      for (const title of ['first', 'second', 'third']) ring.push(await lab.group(title, ring.at(-1) ?? ana))
      const [first = '', , third = ''] = ring
      await lab.admin.send('PUT', membership(first, third))
      const inRing = await lab.secret(source, { allow: [third] })
      await assertReads(lab, 'leak14-ana', inRing)
      await assertHidden(lab, 'leak14-ben', inRing)
      await assertHidden(lab, 'leak14-ana', await lab.secret(source, { allow: [ana], deny: [first] }))

      const many = Array.from({ length: 10_000 }, (_, index) => `group:grp_leak14.${index}`)
      const loaded = await lab.load([
        ...many.map((name) => ({ type: 'group', name, title: 'One of many' })),
        ...many.map((container) => ({ type: 'membership', container, member: ben })),
        ...many.slice(1).map((container, index) => ({ type: 'membership', container, member: many[index] })),
      ])
      assert.match(loaded.text, /"errors":\[\]/)
      const [lowest = ''] = many
      const highest = many.at(-1) ?? ''
      const allowed = await lab.secret(source, { allow: [lowest] })
      await assertReads(lab, 'leak14-ben', allowed)
      await assertHidden(lab, 'leak14-ana', allowed)
      await assertGone(lab, 'leak14-ben', await lab.secret(source, { allow: [ben, lowest], deny: [highest] }))
      await lab.admin.send('DELETE', membership(lowest, ben))
      await assertGone(lab, 'leak14-ben', allowed)
    },
  },
  {
    number: 17,
    name: 'no allow beats a deny, however far the deny and however near the allow',
    async run(lab) {
      const source = await lab.source('Denied')
      const ana = await lab.person('leak17-ana')
      const chain: string[] = []
      for (const title of ['a', 'b', 'c', 'd', 'e', 'f']) chain.push(await lab.group(title, chain.at(-1) ?? ana))
      const far = chain.at(-1) ?? ''
      await assertReads(lab, 'leak17-ana', await lab.secret(source, { allow: [far] }))
      const allow = [ana, far, 'public', 'workspace:members']
      for (const deny of [[far], ['public'], ['workspace:members'], [ana]])
        await assertHidden(lab, 'leak17-ana', await lab.secret(source, { allow, deny }))
      const byWorkspace = await lab.secret(source, { allow })
      const { passageId } = await assertReads(lab, 'leak17-ana', byWorkspace)
      await lab.admin.send('PUT', `/v1/documents/${byWorkspace.documentId}/access`, {
        ...{ deny: [far], gates: [], denyAgents: [], labels: [] },
      })
      await assertGone(lab, 'leak17-ana', { ...byWorkspace, passageId })
      await assertHidden(lab, 'leak17-ana', { ...byWorkspace, passageId })
    },
  },
  {
    number: 24,
    name: "a token of the company's identity provider is no membership",
    async run(lab) {
      const source = await lab.source('Everybody')
      await lab.agent('leak24')
      await lab.person('leak24-ana')
      const secret = await lab.secret(source, { allow: ['workspace:members', 'public'] })
      const { passageId } = await assertReads(lab, 'leak24-ana', secret)
      const target = { ...secret, passageId, agent: 'leak24' }
      await assertHidden(lab, 'leak24-new', target)
      const me = await lab.done<{ state: string; name: string }>('leak24-new', 'GET', '/v1/me')
      assert.equal(me.state, 'pending')
      const token = (claims: Parameters<typeof lab.world.tokenFor>[1]) => lab.world.tokenFor('leak24-ana', claims)
      const signed = await token({})
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${signed.split('.')[1]}.`
      for (const bad of [
        await token({ audience: 'another-app' }),
        await token({ issuer: 'https://elsewhere.invalid' }),
        unsigned,
        'x',
      ]) {
        assert.equal((await lab.say('leak24-ana', 'GET', '/v1/me', undefined, { token: bad })).status, 401)
        await assertHidden(lab, 'leak24-ana', target, { token: bad })
      }
      await lab.admin.send('PATCH', `/v1/users/${me.name}`, { state: 'active' })
      await assertReads(lab, 'leak24-new', secret)
      await lab.admin.send('PATCH', `/v1/users/${me.name}`, { state: 'deactivated' })
      await assertHidden(lab, 'leak24-new', target)
    },
  },
]
