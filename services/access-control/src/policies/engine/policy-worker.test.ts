import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSignature, anAsker, idsOf, startEngine } from './engine.fixture.ts'
import { createPolicyWorker } from './policy-worker.ts'

const forbidAll = (id: string) => `@id("${id}") forbid(principal, action in [Action::"read", Action::"use"], resource);`
/** So many policies with so much to compare that a batch takes far longer than the limits below. */
const heavy = Array.from({ length: 200 }, (_, index) => {
  const labels = Array.from({ length: 8 }, (_, label) => `"label-${label}"`).join(',')
  return `@id("p${index}") forbid(principal, action in [Action::"read", Action::"use"], resource) when { resource.labels.containsAny([${labels}]) && [${labels}].containsAll(resource.labels) };`
}).join('\n')
const signatures = Array.from({ length: 64 }, (_, index) => aSignature({ labels: [`label-${index}`] }))
const limits = { timeLimitMs: 60_000, maxWaiting: 100, memoryMb: 64 }

test('a runaway is ended: all that waited is denied, and the next question is answered', async (t) => {
  const { engine, incidents } = startEngine(t, { timeLimitMs: 2_000, memoryMb: 256 })
  const small = { version: 'small', text: forbidAll('small') }
  assert.deepEqual(idsOf((await engine.evaluate(small, anAsker(), [aSignature()]))[0]?.read), ['small'])
  const runaway = { version: 'runaway', text: heavy }
  const labels = Array.from({ length: 5_000 }, (_, index) => `label-${index}`)
  const huge = signatures.map((signature, index) => ({ ...signature, documentLabels: [...labels, `own-${index}`] }))
  const late = await engine.evaluate(runaway, anAsker(), huge)
  assert.equal(late.length, signatures.length)
  for (const { read, use } of late) {
    assert.match(idsOf(read)?.[0] ?? '', /^error: A policy task took more than 2000 ms/u)
    assert.match(idsOf(use)?.[0] ?? '', /^error: /u)
  }
  assert.partialDeepStrictEqual(incidents, [{ version: 'runaway', count: 64 }])
  const other = { version: 'other', text: forbidAll('other') }
  assert.deepEqual(idsOf((await engine.evaluate(other, anAsker(), [aSignature()]))[0]?.read), ['other'])
})

test('what waits behind a runaway is interrupted, and what comes after meets a new thread', async (t) => {
  const worker = createPolicyWorker({ ...limits, timeLimitMs: 1 })
  t.after(() => worker.close())
  const task = { kind: 'signatures', text: heavy, asker: anAsker(), signatures } as const
  const behind = { kind: 'compile', text: '' } as const
  const outcomes = await Promise.allSettled([worker.run(task), worker.run(behind), worker.run(behind)])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code),
    ['late', 'interrupted', 'interrupted'],
  )
})

test('a full queue refuses at once, and what is in it is still answered', async (t) => {
  const worker = createPolicyWorker({ ...limits, maxWaiting: 2 })
  t.after(() => worker.close())
  const compile = () => worker.run({ kind: 'compile', text: forbidAll('one') })
  const outcomes = await Promise.allSettled([compile(), compile(), compile()])
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'done')),
    ['done', 'done', 'overloaded'],
  )
})

test('a denial for want of an answer is not remembered', async (t) => {
  const { engine } = startEngine(t, { maxWaiting: 1 })
  const text =
    '@id("s") forbid(principal, action == Action::"use", resource) when { resource.space == Space::"space:3" };'
  const ask = async (space: string) => {
    const [hits] = await engine.evaluate({ version: 'v', text }, anAsker(), [aSignature({ space, labels: [space] })])
    return idsOf(hits?.use)
  }
  assert.deepEqual(await ask('space:1'), [])
  const [, , third] = await Promise.all([
    engine.evaluateTool({ version: 'v', text }, anAsker(), { name: 'one' }),
    engine.evaluateTool({ version: 'v', text }, anAsker(), { name: 'two' }),
    ask('space:3'),
  ])
  assert.match(third?.[0] ?? '', /^error: Too many/u)
  assert.deepEqual(await ask('space:3'), ['s'])
})

test('a closed engine denies', async (t) => {
  const { engine, incidents } = startEngine(t)
  const asked = engine.evaluate({ version: 'v', text: forbidAll('one') }, anAsker(), [aSignature()])
  await engine.close()
  assert.match(idsOf((await asked)[0]?.read)?.[0] ?? '', /^error: .*closed/u)
  const later = await engine.evaluate({ version: 'v', text: forbidAll('one') }, anAsker(), [aSignature()])
  assert.match(idsOf(later[0]?.use)?.[0] ?? '', /^error: .*closed/u)
  assert.equal(incidents.length, 2)
  await engine.close()
})

test('a thread out of memory is replaced, and its question denied', async (t) => {
  const { engine } = startEngine(t, { memoryMb: 24 })
  const set = { version: 'v', text: forbidAll('one') }
  const labels = Array.from({ length: 1_000_000 }, (_, index) => `label-${index}`)
  const [hits] = await engine.evaluate(set, anAsker(), [aSignature({ labels })])
  assert.match(idsOf(hits?.use)?.[0] ?? '', /^error: /u)
  const [after] = await engine.evaluate(set, anAsker(), [aSignature()])
  assert.deepEqual(idsOf(after?.use), ['one'])
})

test('a text that overflows the stack of Cedar is a finding, and the next one is read', async (t) => {
  const { engine } = startEngine(t)
  const deep = `@id("deep") forbid(principal, action == Action::"read", resource) when { ${'true && '.repeat(8_000)}true };`
  const [finding] = await engine.validate(deep)
  assert.partialDeepStrictEqual(finding, { severity: 'error', line: 1, column: 1 })
  assert.match(finding?.message ?? '', /too deep/u)
  assert.deepEqual(await engine.validate(forbidAll('one')), [])
})
