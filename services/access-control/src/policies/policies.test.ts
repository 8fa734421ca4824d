import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

const noGuests = '@id("no-guests") forbid(principal, action == Action::"read", resource) when { principal.guest };'
const guestTest = (expect: 'forbid' | 'no-objection') => ({
  name: 'a guest',
  given: { kind: 'user' as const, guest: true },
  ask: { action: 'read' as const },
  expect,
})

test('policies', async (t) => {
  const access = await startAccessControl(t)
  const { gateway } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const draft = async (text: string, tests: ReturnType<typeof guestTest>[] = []) =>
      value(await gateway.createPolicySet({ title: 'Ours', text, tests }, workspace.asAdmin())).policySet
    const publish = (id: string) => gateway.publishPolicySet({ id }, workspace.asAdmin())
    return { workspace, ...content, draft, publish }
  }

  await t.test('what is published is in force at the next check, in check and filter alike', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, draft, publish } = await start()
    const [ana, guest] = [await aUser(), await aUser({ guest: true })]
    const document = await write(await aDataSource(await aSpace('public')), { allow: ['public'] })
    const pairs = async (who: string) => value(await access.retrieval.readerFilter({}, workspace.as(who))).pairs.length
    assert.deepEqual([(await readable(guest, [document])).length, await pairs(guest)], [1, 1])
    const set = await draft(noGuests, [guestTest('forbid')])
    assert.deepEqual([(await readable(guest, [document])).length, await pairs(guest)], [1, 1])
    const published = value(await publish(set.id))
    assert.deepEqual([published.policySet.state, published.policySet.version], ['published', 1])
    assert.deepEqual([(await readable(guest, [document])).length, await pairs(guest)], [0, 0])
    assert.deepEqual([(await readable(ana, [document])).length, await pairs(ana)], [1, 1])
  })

  await t.test('a set that was in force can be put in force again', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, readable, draft, publish } = await start()
    const guest = await aUser({ guest: true })
    const document = await write(await aDataSource(await aSpace('public')), { allow: ['public'] })
    const [first, second] = [await draft(noGuests), await draft('')]
    value(await publish(first.id))
    value(await publish(second.id))
    assert.equal((await readable(guest, [document])).length, 1)
    const back = value(await gateway.rollBackPolicies({ id: first.id }, workspace.asAdmin())).policySet
    assert.deepEqual([back.state, back.version], ['published', 1])
    assert.equal((await readable(guest, [document])).length, 0)
    const { items } = value(await gateway.listPolicySets({}, workspace.asAdmin()))
    assert.deepEqual(
      items.map(({ id, state, version }) => [id, state, version]),
      [
        [second.id, 'superseded', 2],
        [first.id, 'published', 1],
      ],
    )
  })

  await t.test('what does not validate is refused with its place, and nothing changes', async () => {
    const { workspace, draft, publish } = await start()
    const broken: [string, RegExp][] = [
      ['forbid(principal, action, resource)', /line 1/],
      [`${noGuests}\npermit(principal, action, resource);`, /line 2/],
      ['@id("x") forbid(principal, action == Action::"read", resource) when { principal.shoeSize == 3 };', /shoeSize/],
      [`${noGuests} ${noGuests}`, /same @id/],
    ]
    const { revision } = value(await gateway.getMe({}, workspace.asAdmin()))
    for (const [index, [text, told]] of broken.entries()) {
      const { id } = await draft(text)
      const checked = value(await gateway.checkPolicySet({ id }, workspace.asAdmin()))
      assert.equal(checked.valid, false)
      const refused = await publish(id)
      assert.equal(codeOf(refused), 'access.invalid')
      assert.match(refused.ok ? '' : refused.fault.detail, told)
      assert.equal(value(await gateway.getMe({}, workspace.asAdmin())).revision, revision + index + 1)
    }
  })

  await t.test('a set whose tests fail is not published; a cycle of groups in a test is told', async () => {
    const { workspace, draft, publish } = await start()
    const set = await draft(noGuests, [guestTest('no-objection')])
    assert.match(value(await gateway.checkPolicySet({ id: set.id }, workspace.asAdmin())).tests[0]?.got ?? '', /forbid/)
    assert.equal(codeOf(await publish(set.id)), 'access.invalid')
    const groups = [
      { name: 'group:a', memberOf: ['group:b'] },
      { name: 'group:b', memberOf: ['group:a'] },
    ]
    const cyclic = { ...guestTest('forbid'), given: { kind: 'user' as const, memberOf: ['group:a'], groups } }
    value(await gateway.updatePolicySet({ id: set.id, tests: [cyclic] }, workspace.asAdmin()))
    const { tests } = value(await gateway.checkPolicySet({ id: set.id }, workspace.asAdmin()))
    assert.match(tests[0]?.error ?? '', /group:a → group:b → group:a/)
  })

  await t.test('auditors read policies, and only admins write them', async () => {
    const { workspace, aUser, draft } = await start()
    const [auditor, member] = [await aUser({ roles: ['auditor'] }), await aUser()]
    const { id } = await draft(noGuests)
    value(await gateway.getPolicySet({ id }, workspace.as(auditor)))
    value(await gateway.checkPolicySet({ id }, workspace.as(auditor)))
    assert.match(value(await gateway.getPolicySchema({}, workspace.as(auditor))).schema, /entity Document/)
    assert.equal(codeOf(await gateway.publishPolicySet({ id }, workspace.as(auditor))), 'access.forbidden')
    assert.equal(
      codeOf(await gateway.createPolicySet({ title: 'T', text: '' }, workspace.as(auditor))),
      'access.forbidden',
    )
    assert.equal(codeOf(await gateway.getPolicySet({ id }, workspace.as(member))), 'access.forbidden')
    const elsewhere = await access.aWorkspace()
    assert.equal(codeOf(await gateway.getPolicySet({ id }, elsewhere.asAdmin())), 'access.not-found')
  })

  await t.test('what was published never changes', async () => {
    const { workspace, draft, publish } = await start()
    const { id } = await draft(noGuests)
    value(await publish(id))
    assert.equal(codeOf(await gateway.updatePolicySet({ id, text: '' }, workspace.asAdmin())), 'access.conflict')
    assert.equal(codeOf(await gateway.deletePolicySet({ id }, workspace.asAdmin())), 'access.conflict')
    const { revision } = value(await gateway.getMe({}, workspace.asAdmin()))
    assert.equal(value(await publish(id)).revision, revision)
  })

  await t.test('an error in an evaluation forbids', async () => {
    const { aUser, aSpace, aDataSource, write, readable, draft, publish } = await start()
    const ana = await aUser()
    const document = await write(await aDataSource(await aSpace(ana)), { allow: [ana] })
    const overflow =
      '@id("erring") forbid(principal, action == Action::"read", resource) when { 9223372036854775807 + 1 == 0 };'
    value(await publish((await draft(overflow)).id))
    assert.deepEqual(await readable(ana, [document]), [])
  })

  await t.test('an opening for a purpose is closed to every other', async () => {
    const { workspace, aUser, aSpace, aDataSource, write, draft, publish } = await start()
    const ana = await aUser()
    const document = await write(await aDataSource(await aSpace(ana)), { allow: [ana] })
    const support =
      '@id("support-only") forbid(principal, action == Action::"read", resource) unless { context has purpose && context.purpose == "support" };'
    value(await publish((await draft(support)).id))
    const candidates = [{ ...document, passageId: newId('psg'), view: 'full' as const, hash: 'h' }]
    const allowed = async (purpose?: string) => {
      const caller = { workspaceId: workspace.workspaceId, subject: ana, actors: [], scopes: [] }
      const call = access
        .busOf('gateway')
        .callFor(purpose === undefined ? caller : { ...caller, purpose }, { timeoutMs: 5000 })
      return value(await access.retrieval.checkPassages({ candidates, operation: 'search' }, call)).allowed.length
    }
    assert.deepEqual([await allowed('support'), await allowed('marketing'), await allowed()], [1, 0, 0])
  })
})
