import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value, type Workspace } from '../../test/start-access-control.ts'

test('two admins', async (t) => {
  const access = await startAccessControl(t)
  const { db, gateway } = access
  const aWorkspace = () => access.aWorkspace('pending', { twoAdmins: true })
  type Answer = Awaited<
    ReturnType<typeof gateway.createUser | typeof gateway.addMembership | typeof gateway.updateWorkspace>
  >
  /** The proposal that an answer says was stored. */
  const proposalOf = async (workspace: Workspace, answer: Answer | Awaited<ReturnType<typeof gateway.createKey>>) => {
    assert.equal(codeOf(answer), 'access.approval-required')
    const id = answer.ok ? '' : String(answer.fault.meta?.['proposalId'])
    const { items } = value(await gateway.listProposals({}, workspace.asAdmin()))
    const proposal = items.find((item) => item.id === id)
    assert.ok(proposal)
    assert.equal(answer.ok ? '' : answer.fault.meta?.['hash'], proposal.hash)
    return proposal
  }
  const newUser = (workspace: Workspace, subject: string = newId('evt')) => ({
    issuer: workspace.issuer,
    subject,
    displayName: 'Ana',
  })
  const admitted = async (workspace: Workspace) => {
    const { id, hash } = await proposalOf(workspace, await gateway.createUser(newUser(workspace), workspace.asAdmin()))
    const { result } = value(await gateway.approveProposal({ id, hash }, workspace.asSecond()))
    return (result as { user: { name: string } }).user.name
  }

  await t.test(
    'a change that widens is stored, changes nothing, and is made exactly when another admin approves it',
    async () => {
      const workspace = await aWorkspace()
      const revision = async () => value(await gateway.getMe({}, workspace.asAdmin())).revision
      const before = await revision()
      const input = newUser(workspace)
      const proposal = await proposalOf(workspace, await gateway.createUser(input, workspace.asAdmin()))
      assert.equal(await revision(), before)
      assert.partialDeepStrictEqual(proposal, { operation: 'createUser', proposer: workspace.admin, state: 'waiting' })
      assert.partialDeepStrictEqual(proposal.input, input)
      const again = await proposalOf(workspace, await gateway.createUser(input, workspace.asAdmin()))
      assert.equal(again.id, proposal.id)
      const { id, hash } = proposal
      const done = value(await gateway.approveProposal({ id, hash }, workspace.asSecond()))
      assert.partialDeepStrictEqual(done.proposal, { state: 'approved', decidedBy: workspace.secondAdmin })
      assert.ok(done.revision > before)
      const users = value(await gateway.listUsers({}, workspace.asAdmin())).items
      assert.ok(users.some(({ subject }) => subject === input.subject))
      const change = await db
        .selectFrom('changes')
        .select(['operation', 'subject', 'approved_by'])
        .where('workspace_id', '=', workspace.workspaceId)
        .where('revision', '=', done.revision)
        .executeTakeFirstOrThrow()
      assert.deepEqual(change, {
        operation: 'createUser',
        subject: workspace.admin,
        approved_by: workspace.secondAdmin,
      })
      const rows = await db
        .selectFrom('log_rows')
        .select('body')
        .where('workspace_id', '=', workspace.workspaceId)
        .orderBy('sequence')
        .execute()
      assert.deepEqual(
        rows.slice(-2).map(({ body }) => [body.operation, body.approvedBy === undefined]),
        [
          ['propose', true],
          ['createUser', false],
        ],
      )
      assert.equal(codeOf(await gateway.approveProposal({ id, hash }, workspace.asSecond())), 'access.conflict')
    },
  )

  await t.test(
    'nobody approves their own, nor by a key, an agent or a lesser role, nor another hash, nor elsewhere',
    async () => {
      const workspace = await aWorkspace()
      const stranger = await aWorkspace()
      const { id, hash } = await proposalOf(
        workspace,
        await gateway.createUser(newUser(workspace), workspace.asAdmin()),
      )
      const second = workspace.secondAdmin ?? ''
      const byKey = access
        .busOf('gateway')
        .callFor(
          { workspaceId: workspace.workspaceId, subject: second, actors: [], scopes: ['all'], keyId: newId('key') },
          { timeoutMs: 20_000 },
        )
      const refused = [
        [workspace.asAdmin(), 'access.forbidden'],
        [byKey, 'access.forbidden'],
        [workspace.as(second, [`agent:${newId('agt')}`]), 'access.forbidden'],
        [workspace.as(second, [], ['ask']), 'access.forbidden'],
        [stranger.asAdmin(), 'access.not-found'],
      ] as const
      for (const [call, code] of refused) assert.equal(codeOf(await gateway.approveProposal({ id, hash }, call)), code)
      const other = await gateway.approveProposal({ id, hash: 'f'.repeat(64) }, workspace.asSecond())
      assert.equal(codeOf(other), 'access.conflict')
      assert.equal(value(await gateway.listUsers({}, workspace.asAdmin())).items.length, 2)
    },
  )

  await t.test('what was changed in the database after it was proposed is not what was approved', async () => {
    const workspace = await aWorkspace()
    const { id, hash } = await proposalOf(workspace, await gateway.createUser(newUser(workspace), workspace.asAdmin()))
    await sql`update proposals set input = jsonb_set(input, '{roles}', '["admin"]') where id = ${id}`.execute(db)
    assert.equal(codeOf(await gateway.approveProposal({ id, hash }, workspace.asSecond())), 'access.conflict')
  })

  await t.test('a draft that was changed after its publication was proposed is not what was approved', async () => {
    const workspace = await aWorkspace()
    const call = workspace.asAdmin()
    const aDraft = async (text: string) => value(await gateway.createPolicySet({ title: 'P', text }, call)).policySet.id
    const forbid = (id: string) =>
      `@id("${id}") forbid (principal, action == Action::"read", resource) when { principal.guest };`
    value(await gateway.publishPolicySet({ id: await aDraft(forbid('one')) }, call))
    const draft = await aDraft(forbid('two'))
    assert.equal(codeOf(await gateway.publishPolicySet({ id: draft }, call)), 'access.approval-required')
    const [proposal] = value(await gateway.listProposals({ state: 'waiting' }, call)).items
    value(await gateway.updatePolicySet({ id: draft, text: '' }, call))
    const approve = () =>
      gateway.approveProposal({ id: proposal?.id ?? '', hash: proposal?.hash ?? '' }, workspace.asSecond())
    assert.equal(codeOf(await approve()), 'access.conflict')
    value(await gateway.updatePolicySet({ id: draft, text: forbid('two') }, call))
    value(await approve())
  })

  await t.test('rights are asked for again when it is made, and what can not be made stays a proposal', async () => {
    const workspace = await aWorkspace()
    const { id, hash } = await proposalOf(workspace, await gateway.createUser(newUser(workspace), workspace.asSecond()))
    value(await gateway.updateUser({ name: workspace.secondAdmin ?? '', state: 'deactivated' }, workspace.asAdmin()))
    assert.equal(codeOf(await gateway.approveProposal({ id, hash }, workspace.asAdmin())), 'access.deactivated')
    const { items } = value(await gateway.listProposals({ state: 'waiting' }, workspace.asAdmin()))
    assert.equal(items.length, 1)
  })

  await t.test('a proposal that was rejected, or waited for a week by the clock of the database, is over', async () => {
    const workspace = await aWorkspace()
    const propose = async () => proposalOf(workspace, await gateway.createUser(newUser(workspace), workspace.asAdmin()))
    const [first, second] = [await propose(), await propose()]
    value(await gateway.rejectProposal({ id: first.id }, workspace.asAdmin()))
    assert.equal(value(await gateway.rejectProposal({ id: first.id }, workspace.asSecond())).proposal.state, 'rejected')
    await sql`update proposals set expires_at = clock_timestamp() - interval '1 second' where id = ${second.id}`.execute(
      db,
    )
    const [later] = value(await gateway.listProposals({ state: 'expired' }, workspace.asAdmin())).items
    assert.equal(later?.id, second.id)
    for (const { id, hash } of [first, second])
      assert.equal(codeOf(await gateway.approveProposal({ id, hash }, workspace.asSecond())), 'access.conflict')
    assert.equal(codeOf(await gateway.rejectProposal({ id: second.id }, workspace.asSecond())), 'access.conflict')
  })

  await t.test('two approvals at once make one change', async () => {
    const workspace = await aWorkspace()
    const { id, hash } = await proposalOf(workspace, await gateway.createUser(newUser(workspace), workspace.asAdmin()))
    const answers = await Promise.all([1, 2].map(() => gateway.approveProposal({ id, hash }, workspace.asSecond())))
    assert.deepEqual(new Set(answers.map(codeOf)), new Set(['access.conflict', undefined]))
    assert.equal(value(await gateway.listUsers({}, workspace.asAdmin())).items.length, 3)
  })

  await t.test('what would be refused, or change nothing, is answered so and not proposed', async () => {
    const workspace = await aWorkspace()
    const call = workspace.asAdmin()
    const roles = ['admin', 'member'] as ('admin' | 'member')[]
    value(await gateway.updateUser({ name: workspace.admin, roles }, call))
    assert.equal(codeOf(await gateway.updateUser({ name: `user:${newId('usr')}`, roles }, call)), 'access.not-found')
    assert.equal(codeOf(await gateway.createUser({ ...newUser(workspace), issuer: 'x' }, call)), 'access.invalid')
    assert.deepEqual(value(await gateway.listProposals({}, call)).items, [])
  })

  await t.test(
    'to take away takes one admin: deactivate, revoke, remove; to switch the second admin off takes two',
    async () => {
      const workspace = await aWorkspace()
      const call = workspace.asAdmin()
      const ana = await admitted(workspace)
      const { name: group } = value(await gateway.createGroup({ title: 'G' }, call)).group
      value(await gateway.addMembership({ container: group, member: ana }, call))
      value(await gateway.removeMembership({ container: group, member: ana }, call))
      value(await gateway.updateUser({ name: ana, displayName: 'Anna', state: 'deactivated' }, call))
      for (const answer of [
        await gateway.updateUser({ name: ana, state: 'active' }, call),
        await gateway.updateUser({ name: ana, guest: true }, call),
        await gateway.updateUser({ name: ana, roles: ['auditor'] }, call),
        await gateway.updateWorkspace({ twoAdmins: false }, call),
      ])
        assert.equal(codeOf(answer), 'access.approval-required')
      value(await gateway.updateWorkspace({ title: 'Other' }, call))
      const { items } = value(await gateway.listProposals({ state: 'waiting' }, call))
      const off = items.find(({ operation }) => operation === 'updateWorkspace')
      value(await gateway.approveProposal({ id: off?.id ?? '', hash: off?.hash ?? '' }, workspace.asSecond()))
      value(await gateway.updateUser({ name: ana, state: 'active' }, call))
      value(await gateway.updateWorkspace({ twoAdmins: true }, call))
      assert.equal(codeOf(await gateway.updateUser({ name: ana, guest: true }, call)), 'access.approval-required')
    },
  )

  await t.test(
    'strict ranking is switched on by one admin and off by two, and filters say so from the next one on',
    async () => {
      const workspace = await aWorkspace()
      const call = workspace.asAdmin()
      const isStrict = async () => value(await access.retrieval.readerFilter({}, call)).strictRanking
      assert.equal(await isStrict(), false)
      assert.equal(value(await gateway.updateWorkspace({ strictRanking: true }, call)).workspace.strictRanking, true)
      assert.equal(await isStrict(), true)
      const { id, hash } = await proposalOf(workspace, await gateway.updateWorkspace({ strictRanking: false }, call))
      assert.equal(await isStrict(), true)
      value(await gateway.approveProposal({ id, hash }, workspace.asSecond()))
      assert.equal(await isStrict(), false)
    },
  )

  await t.test(
    'names that cover the author or a service account grow with two admins only, those of others with one',
    async () => {
      const workspace = await aWorkspace()
      const call = workspace.asAdmin()
      const ana = await admitted(workspace)
      const service = value(await gateway.createServiceAccount({ displayName: 'App' }, call)).serviceAccount.name
      const aGroup = async () => value(await gateway.createGroup({ title: 'G' }, call)).group.name
      const space = value(await gateway.createSpace({ title: 'S' }, call)).space.name
      const [outer, inner, mine] = [await aGroup(), await aGroup(), await aGroup()]
      const add = (container: string, member: string, who = call) => gateway.addMembership({ container, member }, who)
      value(await add(outer, inner))
      value(await add(space, ana))
      const own = await proposalOf(workspace, await add(mine, workspace.admin))
      value(await gateway.approveProposal({ id: own.id, hash: own.hash }, workspace.asSecond()))
      for (const answer of [
        await add(space, workspace.admin),
        await add(space, service),
        await add(outer, mine),
        await add(space, 'public'),
        await add(space, 'workspace:members'),
      ])
        assert.equal(codeOf(answer), 'access.approval-required')
      value(await add(inner, ana))
      value(await add(outer, mine, workspace.asSecond()))
    },
  )

  await t.test(
    'a membership under a deny, and a group that a deny or gate names, go with two admins only',
    async () => {
      const workspace = await aWorkspace()
      const call = workspace.asAdmin()
      const ana = await admitted(workspace)
      const { connector } = contentOf(access, workspace)
      const aGroup = async () => value(await gateway.createGroup({ title: 'G' }, call)).group.name
      const [outer, inner, gate, plain] = [await aGroup(), await aGroup(), await aGroup(), await aGroup()]
      const space = value(await gateway.createSpace({ title: 'S' }, call)).space.name
      const source = newId('src')
      value(await access.connectors.putDataSource({ dataSourceId: source, space }, call))
      for (const [container, member] of [
        [outer, inner],
        [inner, ana],
        [plain, ana],
        [space, ana],
      ] as const)
        value(await gateway.addMembership({ container, member }, call))
      const facts = {
        documentId: newId('doc'),
        contentVersion: newId('ver'),
        allow: [ana],
        deny: [outer],
        gates: [space],
      }
      const documents = [{ ...facts, denyAgents: [], state: 'ready' as const }]
      value(await access.connectors.putDocumentAccess({ dataSourceId: source, documents }, connector(source)))
      const remove = (container: string, member: string) => gateway.removeMembership({ container, member }, call)
      assert.equal(codeOf(await remove(inner, ana)), 'access.approval-required')
      assert.equal(codeOf(await remove(outer, inner)), 'access.approval-required')
      value(await remove(plain, ana))
      // A gate only ever narrows: to take somebody out of a space never waits.
      value(await remove(space, ana))
      assert.equal(codeOf(await gateway.deleteGroup({ name: inner }, call)), 'access.approval-required')
      value(await gateway.deleteGroup({ name: gate }, call))
    },
  )

  await t.test('what a policy makes an exception for is given by two admins only: a label, an agent', async () => {
    const workspace = await aWorkspace()
    const call = workspace.asAdmin()
    const { aDataSource, aSpace, write } = contentOf(access, workspace)
    const { documentId } = await write(await aDataSource(await aSpace()), { allow: [] })
    const inForce = async (condition: string) => {
      const text = `@id("p") forbid (principal, action == Action::"read", resource) ${condition};`
      const { id } = value(await gateway.createPolicySet({ title: 'P', text }, call)).policySet
      const published = await gateway.publishPolicySet({ id }, call)
      if (published.ok) return
      const { hash, ...proposal } = await proposalOf(workspace, published)
      value(await gateway.approveProposal({ id: proposal.id, hash }, workspace.asSecond()))
    }
    const put = (labels: string[]) =>
      gateway.putDocumentLayer({ documentId, deny: [], gates: [], denyAgents: [], labels }, call)
    const agent = `agent:${newId('agt')}`
    const verbs = { read: [], edit: [], publish: [], administer: [] }
    const letRun = (...run: string[]) =>
      access.agents.putAgent({ agent, active: true, scope: { kind: 'everything' }, grants: { ...verbs, run } }, call)
    await inForce('when { resource.labels.contains("board") }')
    value(await put(['board']))
    value(await letRun())
    await inForce(`unless { resource.labels.contains("released") || ["${agent}"].containsAny(context.agents) }`)
    value(await put(['board']))
    value(await letRun())
    assert.equal(codeOf(await put(['board', 'released'])), 'access.approval-required')
    assert.equal(codeOf(await letRun(workspace.admin)), 'access.approval-required')
  })

  await t.test('a key for somebody else takes two admins, and its secret goes to who proposed it, once', async () => {
    const workspace = await aWorkspace()
    const call = workspace.asAdmin()
    const service = value(await gateway.createServiceAccount({ displayName: 'App' }, call)).serviceAccount.name
    const input = { title: 'Key', principal: service, scopes: ['ask' as const] }
    const proposal = await proposalOf(workspace, await gateway.createKey(input, call))
    assert.ok(!JSON.stringify(proposal).includes('tsk_'))
    const approved = value(
      await gateway.approveProposal({ id: proposal.id, hash: proposal.hash }, workspace.asSecond()),
    )
    assert.ok(!('secret' in (approved.result as object)))
    const { id } = (approved.result as { key: { id: string } }).key
    assert.equal(codeOf(await gateway.rotateKey({ id }, workspace.asSecond())), 'access.approval-required')
    const { secret } = value(await gateway.rotateKey({ id }, call))
    assert.ok(secret.startsWith('tsk_'))
    assert.equal(codeOf(await gateway.rotateKey({ id }, call)), 'access.approval-required')
    value(await gateway.createKey({ ...input, principal: workspace.admin }, call))
    const withPurpose = { ...input, principal: workspace.admin, purposes: ['audit'] }
    assert.equal(codeOf(await gateway.createKey(withPurpose, call)), 'access.approval-required')
    value(await gateway.revokeKey({ id }, workspace.asSecond()))
  })

  await t.test('an auditor sees proposals and settings, and decides nothing', async () => {
    const workspace = await access.aWorkspace()
    const auditor = workspace.as(await contentOf(access, workspace).aUser({ roles: ['auditor'] }))
    value(await gateway.listProposals({}, auditor))
    value(await gateway.getWorkspace({}, auditor))
    const id = newId('prp')
    assert.equal(codeOf(await gateway.approveProposal({ id, hash: '' }, auditor)), 'access.forbidden')
    assert.equal(codeOf(await gateway.rejectProposal({ id }, auditor)), 'access.forbidden')
  })
})
