import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { aSignature, anAsker, idsOf, startEngine } from './engine.fixture.ts'

const READ = 'principal, action == Action::"read", resource'
const USE = 'principal, action == Action::"use", resource'
const set = (text: string) => ({ version: 'v1', text })
/** Strict validation lets it pass, and every evaluation of it overflows. */
const ERRING = `@id("erring") forbid(${READ}) when { 9223372036854775807 + 1 == 0 };`

test('an empty set forbids nothing', async (t) => {
  const { engine, incidents } = startEngine(t)
  assert.deepEqual(await engine.evaluate(set(''), anAsker(), [aSignature(), aSignature({ labels: ['salary'] })]), [
    { read: [], use: [] },
    { read: [], use: [] },
  ])
  assert.deepEqual(
    await engine.evaluateModel(set('// nothing'), { name: 'a/b', provider: 'a', hosting: 'own' }, []),
    [],
  )
  assert.deepEqual(incidents, [])
})

test('a document is judged by its own labels, a passage by the union with its own', async (t) => {
  const { engine } = startEngine(t)
  const text = `
    @id("read-salary") forbid(${READ}) when { resource.labels.contains("salary") };
    @id("use-salary") forbid(${USE}) when { resource.labels.contains("salary") };`
  const found = await engine.evaluate(set(text), anAsker(), [
    aSignature({ labels: ['salary'] }),
    aSignature({ documentLabels: ['salary'] }),
    aSignature({ labels: ['board'] }),
  ])
  assert.deepEqual(
    found.map(({ read, use }) => [idsOf(read), idsOf(use)]),
    [
      [[], ['use-salary']],
      [['read-salary'], ['use-salary']],
      [[], []],
    ],
  )
})

test('every policy that holds is named, and an exception inside one softens no other', async (t) => {
  const { engine } = startEngine(t)
  const text = `
    @id("b-legal-may") forbid(${USE}) when { resource.labels.contains("deal") } unless { principal in Group::"group:legal" };
    @id("a-no-guests") forbid(${USE}) when { principal.guest };
    @id("c-all-deals") forbid(${USE}) when { resource.labels.contains("deal") };`
  const of = async (reader: Parameters<typeof anAsker>[0]) => {
    const [hits] = await engine.evaluate(set(text), anAsker(reader), [aSignature({ labels: ['deal'] })])
    return idsOf(hits?.use)
  }
  assert.deepEqual(await of({ groups: ['group:legal'] }), ['c-all-deals'])
  assert.deepEqual(await of({ groups: ['group:legal'], guest: true }), ['a-no-guests', 'c-all-deals'])
  assert.deepEqual(await of({ guest: true }), ['a-no-guests', 'b-legal-may', 'c-all-deals'])
})

test('a policy that errs denies, beside those that hold, and is an incident each time', async (t) => {
  const { engine, incidents } = startEngine(t)
  const text = `${ERRING} @id("holds") forbid(${READ});`
  assert.deepEqual(await engine.validate(text), [])
  for (const round of [1, 2]) {
    const found = await engine.evaluate(set(text), anAsker(), [aSignature(), aSignature({ space: 'space:other' })])
    for (const { read, use } of found) {
      assert.match(idsOf(read)?.[0] ?? '', /^error: .*overflow/u)
      assert.deepEqual(read[0] && 'policyId' in read[0] && read[0].policyId, 'erring')
      assert.deepEqual(idsOf(read.slice(1)), ['holds'])
      assert.deepEqual(use, [])
    }
    assert.equal(incidents.length, round)
    assert.partialDeepStrictEqual(incidents.at(-1), { version: 'v1', policyId: 'erring', count: 2 })
  }
})

test('policies that cannot be read forbid everything', async (t) => {
  const { engine, incidents } = startEngine(t)
  for (const text of [`@id("x") forbid(${READ}`, `@id("x") permit(${READ});`, `forbid(${READ}) when { false };`]) {
    const [hits] = await engine.evaluate(set(text), anAsker(), [aSignature()])
    assert.match(idsOf(hits?.read)?.[0] ?? '', /^error: /u)
    assert.match(idsOf(hits?.use)?.[0] ?? '', /^error: /u)
  }
  assert.equal(incidents.length, 3)
  await assert.rejects(engine.mentions('forbid'))
})

test('kind, guests, the groups of every workspace, agents, purposes and clearances can be told apart', async (t) => {
  const { engine } = startEngine(t)
  const text = `
    @id("services") forbid(principal is ServiceAccount, action == Action::"read", resource);
    @id("guests") forbid(principal in Group::"guests", action == Action::"read", resource);
    @id("members") forbid(principal in Group::"workspace:members", action == Action::"read", resource)
      when { resource.dataSource == DataSource::"src_mail" };
    @id("public") forbid(principal in Group::"public", action == Action::"read", resource)
      when { resource.space == Space::"space:gone" };
    @id("agent") forbid(${READ}) when { context.agents.contains("agent:bot") };
    @id("purpose") forbid(${READ}) unless { context has purpose && context.purpose == "support" };
    @id("uncleared") forbid(${READ}) unless { principal.clearances.containsAll(resource.labels) };`
  assert.deepEqual(await engine.validate(text, { passageLabels: [] }), [])
  const of = async (asker: Parameters<typeof anAsker>, signature: Parameters<typeof aSignature>[0] = {}) => {
    const [hits] = await engine.evaluate(set(text), anAsker(...asker), [aSignature(signature)])
    return idsOf(hits?.read)
  }
  const purpose = 'support'
  assert.deepEqual(await of([{}, { purpose }]), [])
  assert.deepEqual(await of([{}, {}]), ['purpose'])
  assert.deepEqual(await of([{ kind: 'service', name: 'service:ci' }, { purpose }]), ['services'])
  assert.deepEqual(await of([{ guest: true }, { purpose }], { dataSourceId: 'src_mail' }), ['guests'])
  assert.deepEqual(await of([{}, { purpose }], { dataSourceId: 'src_mail' }), ['members'])
  assert.deepEqual(await of([{}, { purpose }], { space: 'space:gone' }), ['public'])
  assert.deepEqual(await of([{}, { purpose, agents: ['agent:a', 'agent:bot'] }]), ['agent'])
  assert.deepEqual(await of([{}, { purpose }], { documentLabels: ['salary'] }), ['uncleared'])
  assert.deepEqual(await of([{ clearances: ['salary'] }, { purpose }], { documentLabels: ['salary'] }), [])
})

test('tools and models are judged by policies of their own', async (t) => {
  const { engine } = startEngine(t)
  const text = `
    @id("no-mail") forbid(principal, action == Action::"runTool", resource) when { principal.guest && resource.name == "mail" };
    @id("own-models") forbid(principal, action == Action::"process", resource)
      when { context.labels.contains("salary") } unless { resource.hosting == "own" };
    @id("not-that-one") forbid(principal, action == Action::"process", resource == Model::"acme/one");`
  assert.deepEqual(await engine.validate(text), [])
  const tool = async (guest: boolean, name: string) =>
    idsOf(await engine.evaluateTool(set(text), anAsker({ guest }), { name }))
  assert.deepEqual(await tool(true, 'mail'), ['no-mail'])
  assert.deepEqual(await tool(true, 'search'), [])
  assert.deepEqual(await tool(false, 'mail'), [])
  const model = async (name: string, hosting: string, labels: string[]) =>
    idsOf(await engine.evaluateModel(set(text), { name, provider: 'acme', hosting }, labels))
  assert.deepEqual(await model('acme/two', 'cloud', ['salary']), ['own-models'])
  assert.deepEqual(await model('acme/two', 'own', ['salary']), [])
  assert.deepEqual(await model('acme/one', 'cloud', ['salary']), ['not-that-one', 'own-models'])
})

test('one version may stand for two texts, and each is judged by its own', async (t) => {
  const { engine } = startEngine(t)
  const texts = Array.from({ length: 40 }, (_, index) => `@id("p${index}") forbid(${READ});`)
  for (const round of [1, 2]) {
    for (const [index, text] of texts.entries()) {
      const [hits] = await engine.evaluate(set(text), anAsker(), [aSignature({ space: `space:${round}` })])
      assert.deepEqual(idsOf(hits?.read), [`p${index}`])
    }
  }
})

test('names and labels can hold anything without becoming Cedar', async (t) => {
  const { engine, incidents } = startEngine(t)
  const odd = '"}) permit(principal, action, resource); // \\" \u0000 é 漢 __entity'
  const text = `@id("odd") forbid(${READ}) when { resource.labels.contains("plain") };`
  const asker = anAsker({ name: odd, groups: [odd], clearances: [odd] }, { agents: [odd], purpose: odd })
  const found = await engine.evaluate(set(text), asker, [
    aSignature({ space: odd, dataSourceId: odd, labels: [odd], documentLabels: [odd] }),
    aSignature({ documentLabels: [odd, 'plain'] }),
  ])
  assert.deepEqual(
    found.map(({ read }) => idsOf(read)),
    [[], ['odd']],
  )
  assert.deepEqual(incidents, [])
})

test('a process ends by itself with an engine that nobody closed', async () => {
  const program = `
    import { createPolicyEngine } from ${JSON.stringify(new URL('./policy-engine.ts', import.meta.url).href)}
    const engine = createPolicyEngine({ onIncident() {} })
    console.log(JSON.stringify(await engine.validate('forbid(principal, action, resource);')))`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { timeout: 30_000 })
  assert.match((await run).stdout, /has no @id/u)
})
