import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from './start-retrieval.ts'

const allow = ['user:ana', 'user:hr']
const rule = { pattern: '\\b\\d{4} EUR\\b', label: 'pay', kind: 'salary' }

async function start(...[t, options]: Parameters<typeof startRetrieval>) {
  const started = await startRetrieval(t, options)
  started.access.clearances.set('user:hr', ['pay'])
  started.access.covering.set('user:admin', ['role:admin'])
  await started.access.define('pay')
  const pending = async () => {
    const status = await started.retrieval.indexStatus({}, started.callOf('user:admin'))
    assert.ok(status.ok)
    return status.value.rulesPending
  }
  return { ...started, pending }
}

test('a rule that is added later is applied to what is there already, and its end takes its masks and labels away', async (t) => {
  const { put, found, access, pending, db } = await start(t)
  await put('Doe earns 4711 EUR.', { allow })
  await put('Doe earns nothing.', { allow })
  await put('Doe earns 4711 EUR, said Ben.', { allow, marks: [{ label: 'pay', kind: 'name', quote: 'Ben' }] })
  assert.equal((await found('user:ana', '4711')).length, 2, 'nothing hides it yet')
  await access.addRule(rule)
  const masked = ['Doe earns [salary], said [name].', 'Doe earns [salary].', 'Doe earns nothing.']
  await eventually(async () => {
    assert.deepEqual(await found('user:ana', '4711'), [])
    assert.equal((await found('user:ana', 'earns')).length, 3)
  })
  assert.deepEqual((await found('user:ana', 'earns')).toSorted(), masked)
  assert.equal((await found('user:hr', '4711')).length, 2)
  await eventually(async () => assert.equal(await pending(), 0))
  assert.deepEqual(
    new Set((await db.selectFrom('documents').select('rule_version').execute()).map((row) => row.rule_version)),
    new Set([1]),
  )
  // What comes later is marked as it comes.
  const puts = access.puts.length
  await put('Eve earns 1234 EUR.', { allow })
  assert.deepEqual(access.puts[puts]?.passages[0]?.detectorLabels, ['pay'])
  assert.deepEqual(await found('user:ana', '1234'), [])
  await access.dropRules()
  await eventually(async () => {
    assert.deepEqual(await found('user:ana', '1234'), ['Eve earns 1234 EUR.'])
    assert.equal((await found('user:ana', '4711')).length, 2)
  })
  assert.deepEqual(
    (await found('user:ana', 'Doe earns')).filter((text) => text.includes('[')),
    ['Doe earns 4711 EUR, said [name].'],
  )
})

test('while access-control cannot be told, what is gone through again stays as it was, waits, and is told later', async (t) => {
  const { put, found, access, pending } = await start(t, { replicas: 2 })
  await put('Doe earns 4711 EUR.', { allow })
  access.state.refusesPuts = true
  await access.addRule(rule)
  await eventually(async () => assert.equal(await pending(), 1))
  assert.deepEqual(await found('user:hr', 'earns'), ['Doe earns 4711 EUR.'])
  access.state.refusesPuts = false
  await eventually(async () => assert.deepEqual(await found('user:ana', 'earns'), ['Doe earns [salary].']))
  await eventually(async () => assert.equal(await pending(), 0))
})

test('a title, heading or file name that a rule matches is masked or left out, and labels what it heads', async (t) => {
  const { put, access, retrieval, callOf, found } = await start(t)
  await access.addRule(rule)
  await put('# Pay 4711 EUR\n\n## Two 1234 EUR\n\nNothing else here, nor vacation.', { allow })
  await put('A vacation.', { allow, externalId: 'pay/4711-EUR.txt' })
  const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.equal(answer.value.passages.length, 2)
  assert.doesNotMatch(JSON.stringify(answer.value), /4711|1234/)
  for (const { view } of answer.value.passages) assert.equal(view, 'redacted')
  assert.deepEqual(await found('user:ana', 'Pay 4711'), ['Nothing else here, nor vacation.'])
  assert.deepEqual(await found('user:ana', '4711'), [])
})

test('the full text of a labelled passage is not sent to an embedding model, unless its labels are cleared for that', async (t) => {
  const closed = await start(t, { embeddingModel: 'test/letters' })
  const pay = { label: 'pay', kind: 'salary', quote: '4711 EUR' }
  await closed.put('Doe earns 4711 EUR.', { allow, marks: [pay] })
  await closed.put('vacation', { allow })
  await closed.put('All of it is marked.', { allow, marks: [{ label: 'pay', heading: 'Nowhere' }] })
  assert.deepEqual(
    closed.models.sent.filter((text) => /4711|All of it/.test(text)),
    [],
  )
  assert.equal(closed.models.sent.filter((text) => text.includes('Doe earns [salary].')).length, 1)
  assert.deepEqual(await closed.found('user:hr', '4711'), ['Doe earns 4711 EUR.'], 'it is found by its words')
  const open = await start(t, { embeddingModel: 'test/letters', embeddingClearedLabels: ['pay'] })
  await open.put('Doe earns 4711 EUR.', { allow, marks: [pay] })
  assert.equal(open.models.sent.filter((text) => text.includes('4711')).length, 1)
})

test('a rule by a detector masks what it finds and keeps it from the embedding model, in titles and file names as well, and is applied to what is there', async (t) => {
  const { put, found, access, models, retrieval, callOf } = await start(t, { embeddingModel: 'test/letters' })
  await put('# Leave\n\nAsk doe@example.com about vacation.', { allow })
  await access.addRule({ detector: 'email', label: 'pay', kind: 'email' })
  await eventually(async () => {
    assert.deepEqual(await found('user:ana', 'vacation'), ['Ask [email] about vacation.'])
    assert.deepEqual(await found('user:ana', 'doe@example.com'), await found('user:ana', 'nobody@example.org'))
  })
  models.sent.length = 0
  await put('# Mail of ben@example.com\n\nA second vacation.', { allow, externalId: 'from/eve@example.com.md' })
  const answer = await retrieval.search({ query: 'second vacation' }, callOf('user:ana'))
  assert.ok(answer.ok)
  const [passage] = answer.value.passages
  assert.deepEqual(
    [passage?.view, passage?.title, passage?.text],
    ['redacted', 'Mail of [email]', 'A second vacation.'],
  )
  assert.doesNotMatch(JSON.stringify(answer.value), /ben@|eve@/)
  assert.ok(models.sent.length > 0)
  for (const text of models.sent) assert.doesNotMatch(text, /@example/)
  assert.ok((await found('user:hr', 'ben@example.com')).includes('A second vacation.'))
})
