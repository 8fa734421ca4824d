import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('administration', async (t) => {
  const access = await startAccessControl(t)
  const { db, gateway, connectors } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    return { workspace, ...contentOf(access, workspace) }
  }

  await t.test(
    'break-glass takes another admin whatever the settings, starts when approved, and ends by itself or before',
    async () => {
      const { workspace, aUser, aSpace, aDataSource, write, readable } = await start()
      const [ana, ben] = [await aUser({ roles: ['admin'] }), await aUser({ roles: ['admin'] })]
      const source = await aDataSource(await aSpace())
      const [open, denied] = [await write(source, { allow: [] }), await write(source, { allow: [], deny: [ana] })]
      const request = (more: object) =>
        gateway.requestBreakGlass({ reason: 'The site is down', minutes: 60, ...more }, workspace.as(ana))
      const both = { documentId: open.documentId, space: `space:${newId('spc')}` }
      assert.equal(codeOf(await request({})), 'access.invalid')
      assert.equal(codeOf(await request(both)), 'access.invalid')
      assert.equal(codeOf(await request({ documentId: newId('doc') })), 'access.not-found')
      assert.equal(codeOf(await request({ space: `space:${newId('spc')}` })), 'access.not-found')
      const granted: string[] = []
      for (const { documentId } of [open, denied]) {
        const { proposal } = value(await request({ documentId }))
        assert.partialDeepStrictEqual(proposal, { state: 'waiting', reason: 'The site is down', proposer: ana })
        assert.deepEqual(await readable(ana, [open]), [])
        const { id, hash } = proposal
        assert.equal(codeOf(await gateway.approveProposal({ id, hash }, workspace.as(ana))), 'access.forbidden')
        const done = value(await gateway.approveProposal({ id, hash }, workspace.as(ben)))
        assert.equal(done.proposal.state, 'approved')
        const [grant] = value(await gateway.listBreakGlass({}, workspace.as(ben))).items
        assert.partialDeepStrictEqual(grant, { principal: ana, documentId, approvedBy: ben })
        assert.equal(Date.parse(grant?.endsAt ?? '') - Date.parse(grant?.startsAt ?? ''), 3_600_000)
        granted.push(grant?.id ?? '')
        // The first ends before the second begins.
        assert.deepEqual(await readable(ana, [open, denied]), documentId === open.documentId ? [open.documentId] : [])
        value(await gateway.endBreakGlass({ id: granted[0] ?? '' }, workspace.as(ben)))
        assert.deepEqual(await readable(ana, [open, denied]), [])
      }
      value(await gateway.endBreakGlass({ id: granted[0] ?? '' }, workspace.as(ben)))
      assert.equal(codeOf(await gateway.endBreakGlass({ id: newId('bgl') }, workspace.as(ben))), 'access.not-found')
      const member = workspace.as(await aUser())
      assert.equal(codeOf(await gateway.listBreakGlass({}, member)), 'access.forbidden')
      assert.equal(codeOf(await gateway.endBreakGlass({ id: granted[1] ?? '' }, member)), 'access.forbidden')
    },
  )

  await t.test('break-glass is over by the clock of the database', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable } = await start()
    const [ana, space] = [await aUser({ roles: ['admin'] }), await aSpace()]
    const document = await write(await aDataSource(space), { allow: [] })
    const asked = { space, reason: 'The site is down', minutes: 240 }
    const { id, hash } = value(await gateway.requestBreakGlass(asked, workspace.as(ana))).proposal
    value(await gateway.approveProposal({ id, hash }, workspace.asAdmin()))
    assert.equal((await readable(ana, [document])).length, 1)
    await sql`update break_glass set starts_at = starts_at - interval '5 hours', ends_at = ends_at - interval '5 hours'`.execute(
      db,
    )
    assert.deepEqual(await readable(ana, [document]), [])
  })

  await t.test('a delegate administers the members of their space, in person, and nothing else', async () => {
    const { workspace, aUser, aGroup, aSpace } = await start()
    const [ana, ben, cleo] = [await aUser(), await aUser(), await aUser()]
    const [group, space, other] = [await aGroup(ben), await aSpace(), await aSpace()]
    const call = workspace.asAdmin()
    const delegate = (principal: string) => gateway.addDelegate({ space, principal }, call)
    assert.equal(codeOf(await delegate(other)), 'access.invalid')
    assert.equal(codeOf(await delegate(`user:${newId('usr')}`)), 'access.not-found')
    assert.equal(codeOf(await gateway.addDelegate({ space: group, principal: ana }, call)), 'access.not-found')
    assert.equal(codeOf(await gateway.addDelegate({ space, principal: ana }, workspace.as(ana))), 'access.forbidden')
    for (const principal of [ana, group, ana]) value(await delegate(principal))
    for (const who of [ana, ben]) {
      value(await gateway.addMembership({ container: space, member: cleo }, workspace.as(who)))
      const { items } = value(await gateway.listMemberships({ container: space }, workspace.as(who)))
      assert.deepEqual(items, [{ container: space, member: cleo }])
      value(await gateway.removeMembership({ container: space, member: cleo }, workspace.as(who)))
      const listed = value(await gateway.listDelegates({ space }, workspace.as(who))).items
      assert.deepEqual(listed, [group, ana].map((principal) => ({ space, principal })).toSorted(byPrincipal))
      assert.deepEqual(
        value(await gateway.listSpaces({}, workspace.as(who))).items.map(({ name }) => name),
        [space],
      )
      const refused = [
        gateway.addMembership({ container: other, member: cleo }, workspace.as(who)),
        gateway.addMembership({ container: group, member: who }, workspace.as(who)),
        gateway.addMembership({ container: space, member: cleo }, workspace.as(who, [`agent:${newId('agt')}`])),
        gateway.addMembership({ container: space, member: cleo }, workspace.as(who, [], ['ask'])),
        gateway.listMemberships({}, workspace.as(who)),
        gateway.listMemberships({ container: other }, workspace.as(who)),
        gateway.listMemberships({ member: cleo }, workspace.as(who)),
        gateway.listDelegates({ space: other }, workspace.as(who)),
        gateway.addDelegate({ space, principal: cleo }, workspace.as(who)),
        gateway.removeDelegate({ space, principal: group }, workspace.as(who)),
      ]
      for (const answer of refused) assert.equal(codeOf(await answer), 'access.forbidden')
    }
    value(await gateway.removeDelegate({ space, principal: ana }, call))
    value(await gateway.removeDelegate({ space, principal: ana }, call))
    const late = await gateway.addMembership({ container: space, member: cleo }, workspace.as(ana))
    assert.equal(codeOf(late), 'access.forbidden')
  })

  await t.test(
    'an app exchanges a token of an active user of this workspace that was issued to it, by itself; nothing else differs',
    async () => {
      const { workspace, aUser } = await start()
      const call = workspace.asAdmin()
      const anApp = async () =>
        value(await gateway.createServiceAccount({ displayName: 'App' }, call)).serviceAccount.name
      const [app, idle] = [await anApp(), await anApp()]
      const ana = await aUser({ subject: 'ana' })
      await aUser({ subject: 'gone' })
      const users = value(await gateway.listUsers({}, call)).items
      const gone = users.find(({ subject }) => subject === 'gone')?.name ?? ''
      value(await gateway.updateUser({ name: gone, state: 'deactivated' }, call))
      const scope = { kind: 'everything' as const }
      value(await gateway.putActingApp({ serviceAccount: app, clientId: 'client-1', scope }, call))
      const taken = await gateway.putActingApp({ serviceAccount: idle, clientId: 'client-1', scope }, call)
      assert.equal(codeOf(taken), 'access.conflict')
      const wrong = await gateway.putActingApp({ serviceAccount: ana, clientId: 'client-2', scope }, call)
      assert.equal(codeOf(wrong), 'access.not-found')
      const token = { issuer: workspace.issuer, subject: 'ana', issuedTo: ['tessera', 'client-1'] }
      const answer = value(await gateway.exchangeToken(token, workspace.as(app)))
      assert.partialDeepStrictEqual(answer, { user: ana, app })
      const refused = [
        gateway.exchangeToken({ ...token, issuedTo: ['client-2'] }, workspace.as(app)),
        gateway.exchangeToken({ ...token, issuedTo: [] }, workspace.as(app)),
        gateway.exchangeToken({ ...token, issuer: 'https://elsewhere.example' }, workspace.as(app)),
        gateway.exchangeToken({ ...token, subject: 'nobody' }, workspace.as(app)),
        gateway.exchangeToken({ ...token, subject: 'gone' }, workspace.as(app)),
        gateway.exchangeToken(token, workspace.as(idle)),
        gateway.exchangeToken(token, workspace.as(ana)),
        gateway.exchangeToken(token, workspace.as(app, [idle])),
        gateway.exchangeToken(token, workspace.as(app, [], ['push'])),
      ]
      const faults = await Promise.all(refused)
      assert.deepEqual(new Set(faults.map((result) => (result.ok ? '' : JSON.stringify(result.fault)))).size, 1)
      assert.equal(faults[0] && codeOf(faults[0]), 'access.not-found')

      const aKey = async () =>
        value(await gateway.createKey({ title: 'App', principal: app, scopes: ['all'] }, call)).key.id
      const [keyId, revoked] = [await aKey(), await aKey()]
      value(await gateway.revokeKey({ id: revoked }, call))
      const acting = (user: string, by: string, withKey = keyId) =>
        gateway.identifyActing(
          { user, app: by, keyId: withKey },
          access.callFor(workspace.workspaceId, 'system:gateway'),
        )
      value(await acting(ana, app))
      assert.equal(codeOf(await acting(ana, app, revoked)), 'access.unknown-key')
      assert.equal(codeOf(await acting(gone, app)), 'access.deactivated')
      assert.equal(codeOf(await acting(ana, idle)), 'access.unknown-key')
      assert.equal(codeOf(await gateway.identifyActing({ user: ana, app, keyId }, call)), 'access.forbidden')
      assert.deepEqual(value(await gateway.listActingApps({}, call)).items, [
        { serviceAccount: app, clientId: 'client-1', scope },
      ])
      for (const _ of [1, 2]) value(await gateway.deleteActingApp({ serviceAccount: app }, call))
      assert.equal(codeOf(await acting(ana, app)), 'access.unknown-key')
      assert.equal(codeOf(await gateway.exchangeToken(token, workspace.as(app))), 'access.not-found')
    },
  )

  await t.test('a key that is rotated has two secrets until the overlap ends, and never three', async () => {
    const { workspace, aUser } = await start()
    const ana = await aUser()
    const identify = (secret: string) =>
      gateway.identifyKey(
        { secretHash: createHash('sha256').update(secret).digest('hex') },
        access.callFor('', 'system:gateway'),
      )
    const { key, secret } = value(
      await gateway.createKey(
        { title: 'K', principal: ana, scopes: ['ask'], purposes: ['support'] },
        workspace.asAdmin(),
      ),
    )
    const second = value(await gateway.rotateKey({ id: key.id }, workspace.asAdmin()))
    assert.equal(second.key.id, key.id)
    for (const one of [secret, second.secret]) assert.deepEqual(value(await identify(one)).purposes, ['support'])
    const third = value(await gateway.rotateKey({ id: key.id }, workspace.asAdmin()))
    assert.equal(codeOf(await identify(secret)), 'access.unknown-key')
    for (const one of [second.secret, third.secret]) value(await identify(one))
    await sql`update api_keys set old_secret_until = clock_timestamp() - interval '1 second' where id = ${key.id}`.execute(
      db,
    )
    assert.equal(codeOf(await identify(second.secret)), 'access.unknown-key')
    value(await identify(third.secret))
    const last = value(await gateway.rotateKey({ id: key.id, overlapMs: 0 }, workspace.asAdmin()))
    assert.equal(codeOf(await identify(third.secret)), 'access.unknown-key')
    value(await gateway.revokeKey({ id: key.id }, workspace.asAdmin()))
    assert.equal(codeOf(await identify(last.secret)), 'access.unknown-key')
    assert.equal(codeOf(await gateway.rotateKey({ id: key.id }, workspace.asAdmin())), 'access.not-found')
  })

  await t.test('people make keys for themselves, for less than they may, and by a token; keys make none', async () => {
    const { workspace, aUser } = await start()
    const [ana, ben] = [await aUser(), await aUser()]
    const input = { title: 'Mine', principal: ana, scopes: ['ask', 'search', 'models'] as ('ask' | 'all')[] }
    const create = (more: object = {}, who = ana) => gateway.createKey({ ...input, ...more }, workspace.as(who))
    const { id } = value(await create()).key
    assert.equal(codeOf(await create({ scopes: ['all'] })), 'access.forbidden')
    assert.equal(codeOf(await create({ purposes: ['audit'] })), 'access.forbidden')
    assert.equal(codeOf(await create({ labels: ['salary'] })), 'access.forbidden')
    assert.equal(codeOf(await create({ principal: ben })), 'access.forbidden')
    const byKey = access
      .busOf('gateway')
      .callFor(
        { workspaceId: workspace.workspaceId, subject: ana, actors: [], scopes: ['all'], keyId: id },
        { timeoutMs: 20_000 },
      )
    assert.equal(codeOf(await gateway.createKey(input, byKey)), 'access.forbidden')
    assert.equal(codeOf(await gateway.listKeys({}, byKey)), 'access.forbidden')
    assert.deepEqual(
      value(await gateway.listKeys({}, workspace.as(ana))).items.map((key) => key.id),
      [id],
    )
    assert.deepEqual(value(await gateway.listKeys({}, workspace.as(ben))).items, [])
    assert.equal(codeOf(await gateway.rotateKey({ id }, workspace.as(ben))), 'access.forbidden')
    assert.equal(codeOf(await gateway.revokeKey({ id }, workspace.as(ben))), 'access.forbidden')
    value(await gateway.rotateKey({ id }, workspace.as(ana)))
    value(await gateway.revokeKey({ id }, workspace.as(ana)))
  })

  await t.test('an erased user is nobody from then on, and nothing names them any more', async () => {
    const { workspace, aUser, aSpace, aGroup, aDataSource, write, readable } = await start()
    const ana = await aUser({ subject: 'ana-the-person' })
    const space = await aSpace(ana)
    await aGroup(ana)
    const source = await aDataSource(space)
    const document = await write(source, { allow: [ana] })
    value(await gateway.linkIdentity({ user: ana, dataSourceId: source, nativeId: 'U1' }, workspace.asAdmin()))
    assert.equal((await readable(ana, [document])).length, 1)
    const { secret } = value(
      await gateway.createKey({ title: 'K', principal: ana, scopes: ['ask'] }, workspace.as(ana)),
    )
    assert.equal(codeOf(await gateway.eraseUser({ name: workspace.admin }, workspace.asAdmin())), 'access.conflict')
    for (const _ of [1, 2]) value(await gateway.eraseUser({ name: ana }, workspace.asAdmin()))
    assert.equal(
      codeOf(await gateway.eraseUser({ name: `user:${newId('usr')}` }, workspace.asAdmin())),
      'access.not-found',
    )
    assert.equal(codeOf(await gateway.checkRole({ anyOf: [] }, workspace.as(ana))), 'access.forbidden')
    const secretHash = createHash('sha256').update(secret).digest('hex')
    const known = await gateway.identifyKey({ secretHash }, access.callFor('', 'system:gateway'))
    assert.equal(codeOf(known), 'access.unknown-key')
    for (const table of ['principals', 'log_aliases', 'log_rows'] as const) {
      const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(table)} t
        where workspace_id = ${workspace.workspaceId}`.execute(db)
      assert.ok(!JSON.stringify(rows).includes('ana-the-person'), table)
    }
    const aliases = await db.selectFrom('log_aliases').select('alias').where('name', '=', ana).execute()
    assert.deepEqual(aliases, [])
    const token = { issuer: workspace.issuer, audience: workspace.audience, subject: 'ana-the-person' }
    const again = value(await gateway.identify(token, access.callFor('', 'system:gateway'))).principal
    assert.notEqual(again.name, ana)
    assert.equal(again.state, 'pending')
  })

  await t.test('an auditor reads who is who and what they may, and changes nothing', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable } = await start()
    const name = await aUser({ roles: ['auditor'] })
    const auditor = workspace.as(name)
    const space = await aSpace()
    for (const answer of [
      gateway.listUsers({}, auditor),
      gateway.listGroups({}, auditor),
      gateway.listMemberships({}, auditor),
      gateway.listServiceAccounts({}, auditor),
      gateway.listKeys({}, auditor),
      gateway.listDelegates({ space }, auditor),
      gateway.listActingApps({}, auditor),
      gateway.listBreakGlass({}, auditor),
      gateway.getWorkspace({}, auditor),
    ])
      assert.equal(codeOf(await answer), undefined)
    assert.deepEqual(
      value(await gateway.listSpaces({}, auditor)).items.map((item) => item.name),
      [space],
    )
    const document = await write(await aDataSource(space), { allow: ['workspace:members'] })
    assert.deepEqual(await readable(name, [document]), [])
    const put = { dataSourceId: newId('src'), space }
    assert.equal(codeOf(await connectors.putDataSource(put, auditor)), 'access.forbidden')
    assert.equal(codeOf(await gateway.updateWorkspace({ title: 'Mine' }, auditor)), 'access.forbidden')
    assert.equal(codeOf(await gateway.createGroup({ title: 'Mine' }, auditor)), 'access.forbidden')
  })
})

const byPrincipal = (left: { principal: string }, right: { principal: string }) =>
  left.principal < right.principal ? -1 : 1
