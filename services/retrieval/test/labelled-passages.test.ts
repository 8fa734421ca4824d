import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from './start-retrieval.ts'

const long = (word: string) => Array.from({ length: 200 }, (_, i) => `${word}${i % 7}`).join(' ')
const allow = ['user:ana', 'user:hr']
const pay = { label: 'pay', kind: 'salary', quote: '4711 EUR' }

/** `user:hr` is cleared for `pay`; for everybody else it is redacted. */
async function start(...[t, options]: Parameters<typeof startRetrieval>) {
  const started = await startRetrieval(t, options)
  started.access.clearances.set('user:hr', ['pay'])
  await started.access.define('pay')
  const { retrieval, callOf } = started
  const open = async (subject: string, documentId: string) => {
    const read = await retrieval.getDocument({ documentId }, callOf(subject))
    return read.ok ? read.value : undefined
  }
  const texts = async (subject: string, documentId: string) =>
    (await open(subject, documentId))?.passages.map(({ view, text }) => `${view}: ${text}`) ?? 'not found'
  return { ...started, open, texts }
}

test('a mark that matches nothing hides the whole document from those who are not cleared, and is found by those who are', async (t) => {
  const { put, found, texts } = await start(t)
  const { documentId } = await put(`# Team\n\n## One\n\nvacation ${long('a')}\n\n## Two\n\n${long('b')}`, {
    allow,
    marks: [{ label: 'pay', quote: 'nowhere in it' }],
  })
  assert.deepEqual(await found('user:ana', 'vacation'), [])
  assert.equal(await texts('user:ana', documentId), 'not found')
  assert.equal((await found('user:hr', 'vacation')).length, 1)
})

test('of passages that a reader may not see in any variant there is no trace; neighbours come at their own view', async (t) => {
  const { put, open, retrieval, callOf, access } = await start(t)
  await access.define('secret', { below: 'none' })
  const text = ['One', 'Two', 'Three', 'Four']
    .map((name) => `## ${name}\n\n${name} 4711 EUR ${long(name)}`)
    .join('\n\n')
  const { documentId } = await put(`# Page\n\n${text}`, {
    allow,
    marks: [
      { label: 'secret', heading: 'Two' },
      { label: 'pay', kind: 'salary', quote: 'Three 4711 EUR' },
    ],
  })
  const document = await open('user:ana', documentId)
  assert.deepEqual(
    document?.passages.map(({ view, headings }) => [view, ...headings]),
    [
      ['full', 'One'],
      ['redacted', 'Three'],
      ['full', 'Four'],
    ],
  )
  const [one, three] = document?.passages ?? []
  assert.ok(one && three)
  const cited = await retrieval.getPassage({ passageId: one.passageId }, callOf('user:ana'))
  assert.ok(cited.ok)
  assert.deepEqual(cited.value.before, [])
  assert.deepEqual(cited.value.after, [three])
})

test('for an audience each passage is found and used at the least view of all, and needs a grant for each', async (t) => {
  const { put, found } = await start(t)
  await put('Doe earns 4711 EUR', { allow, marks: [pay] })
  await put('earns for hr alone', { allow: ['user:hr'] })
  assert.deepEqual((await found('user:hr', 'earns')).toSorted(), ['Doe earns 4711 EUR', 'earns for hr alone'])
  assert.deepEqual(await found('user:hr', 'earns', { audience: ['user:ana'] }), ['Doe earns [salary]'])
  assert.deepEqual(await found('user:hr', '4711', { audience: ['user:ana'] }), [])
  assert.deepEqual(await found('user:hr', 'earns', { audience: ['user:ana', 'user:stranger'] }), [])
})

test('break-glass opens a document without a grant, at the view that its labels leave, and never past a deny', async (t) => {
  const { put, found, access, texts } = await start(t)
  const { documentId } = await put('Doe earns 4711 EUR', { allow: ['user:hr'], marks: [pay] })
  assert.deepEqual(await found('user:ana', 'earns'), [])
  access.breakGlass.set('user:ana', { documentIds: [documentId], spaces: [] })
  assert.deepEqual(await found('user:ana', 'earns'), ['Doe earns [salary]'])
  assert.deepEqual(await texts('user:ana', documentId), ['redacted: Doe earns [salary]'])
  const denied = await access.put(documentId, { deny: ['user:ana'] })
  assert.deepEqual(await found('user:ana', 'earns', { atLeast: denied }), [])
  assert.equal(await texts('user:ana', documentId), 'not found')
})

test('what is labelled by hand hides a new version until its passages are told, and new passages take the labels of their section', async (t) => {
  const { put, access, open, texts, found } = await start(t)
  await access.define('secret', { below: 'none' })
  const page = (more: string) => `# Page\n\n## One\n\n${long('one')}\n\n## Two\n\nSecret ${more} ${long('two')}`
  const { documentId } = await put(page('old'), { allow })
  const [, second] = (await open('user:ana', documentId))?.passages ?? []
  // The first version was never put: nothing of it carries a label yet.
  await access.label(documentId, second?.passageId ?? '', ['secret'])
  await eventually(async () => assert.equal((await open('user:ana', documentId))?.passages.length, 1))
  await put(page('new'), { documentId, allow })
  assert.match(String(await texts('user:ana', documentId)), /^full: one0/)
  assert.deepEqual(await found('user:ana', 'secret'), [])
})
