import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a reader finds what they may read, with title, headings, place and one decision for all of it', async (t) => {
  const { put, retrieval, callOf, found, access } = await startRetrieval(t)
  await put('# Handbook\n\n## Holidays\n\nEverybody has 25 days of vacation.')
  await put('# Secret\n\nThe vacation budget is cut.', { allow: ['user:ben'] })
  const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.passages.map(({ title, headings, text, view, entitledView, position }) => ({
      title,
      headings,
      text,
      view,
      entitledView,
      position,
    })),
    [
      {
        title: 'Handbook',
        headings: ['Holidays'],
        text: 'Everybody has 25 days of vacation.',
        view: 'full',
        entitledView: 'full',
        position: {
          firstBlock: 2,
          lastBlock: 2,
          characters: { start: 20, end: 54 },
          place: { kind: 'lines', first: 5, last: 5 },
        },
      },
    ],
  )
  assert.equal(access.checks.at(-1)?.decisionId, answer.value.decisionId)
  assert.match(access.checks.at(-1)?.queryHash ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(await found('user:ben', 'vacation'), ['The vacation budget is cut.'])
  assert.deepEqual(await found('user:nobody', 'vacation'), [])
  assert.equal(access.checks.at(-1)?.candidates, 0, 'an empty answer is decided and logged, too')
})

test('what the check refuses is never served, though the index still has it, and is made up for once', async (t) => {
  const { put, found, access, retrieval, callOf } = await startRetrieval(t)
  const documents = []
  for (let at = 0; at < 8; at++) documents.push(await put(`vacation ${'vacation '.repeat(8 - at)} number ${at}`))
  // Revoked without a hint, and before the index can know.
  access.state.hints = false
  for (const { documentId } of documents.slice(0, 3)) {
    const facts = access.documents.get(documentId)
    assert.ok(facts)
    access.documents.set(documentId, { ...facts, allow: [] })
  }
  const before = access.checks.length
  const answer = await retrieval.search({ query: 'vacation', limit: 4 }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.passages.map(({ documentId }) => documentId).toSorted(),
    documents
      .slice(3, 7)
      .map(({ documentId }) => documentId)
      .toSorted(),
  )
  assert.equal(access.checks.length, before + 2)
  assert.equal(access.checks.at(-1)?.decisionId, answer.value.decisionId)
  assert.equal(access.checks.at(-1)?.candidates, 4, 'the second decision covers all that is served')
  assert.equal((await found('user:ana', 'vacation', { limit: 50 })).length, 5)
})

test('an agent finds within its scope only, and what denies it is hidden from it alone', async (t) => {
  const { put, found, access } = await startRetrieval(t)
  const one = await put('vacation one')
  await put('vacation two')
  const agent = `agent:${newId('agt')}`
  assert.equal((await found('user:ana', 'vacation', { actors: [agent] })).length, 2)
  access.scopes.set(agent, { kind: 'selected', spaces: ['space:other'] })
  assert.deepEqual(await found('user:ana', 'vacation', { actors: [agent] }), [])
  access.scopes.delete(agent)
  const revision = await access.put(one.documentId, { denyAgents: [agent] })
  assert.deepEqual(await found('user:ana', 'vacation', { actors: [agent], atLeast: revision }), ['vacation two'])
  assert.equal((await found('user:ana', 'vacation', { atLeast: revision })).length, 2)
})

test('a search narrows to data sources and spaces, and an empty list is nowhere', async (t) => {
  const { put, retrieval, callOf, dataSourceId } = await startRetrieval(t)
  await put('vacation')
  const count = async (input: object) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    return answer.ok ? answer.value.passages.length : answer.fault.code
  }
  assert.equal(await count({ dataSourceIds: [dataSourceId], spaces: ['space:one'] }), 1)
  assert.equal(await count({ dataSourceIds: [newId('src')] }), 0)
  assert.equal(await count({ spaces: ['space:two'] }), 0)
  assert.equal(await count({ dataSourceIds: [] }), 0)
})

test('with an embedding model, what is near counts beside what is named; without its answer there is none', async (t) => {
  const { put, found, retrieval, callOf, models } = await startRetrieval(t, { embeddingModel: 'test/letters' })
  await put('zzzz zzz zzzzz')
  await put('the holidays of the year')
  await put('zzzz for ben alone', { allow: ['user:ben'] })
  assert.deepEqual(await found('user:ana', 'zzzzzz'), ['zzzz zzz zzzzz', 'the holidays of the year'])
  assert.equal((await found('user:ana', 'holidays'))[0], 'the holidays of the year')
  models.down = true
  const failed = await retrieval.search({ query: 'holidays' }, callOf('user:ana'))
  assert.equal(failed.ok ? '' : failed.fault.code, 'retrieval.embedding-failed')
})

test('passages of a document can stand together, and be limited to so many', async (t) => {
  const { put, retrieval, callOf } = await startRetrieval(t)
  const long = (word: string) => Array.from({ length: 120 }, (_, at) => `${word} and more ${at % 3}`).join(' ')
  const page = (title: string, words: string[]) =>
    [`# ${title}`, ...words.map((word, at) => `## Part ${at}\n\n${long(word)}`)].join('\n\n')
  const first = await put(page('Vacation', ['vacation', 'vacation rules', 'vacation days', 'vacation plans']))
  const second = await put(page('Travel', ['travel', 'vacation']))
  const ask = async (input: object) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value.passages.map(({ documentId }) => (documentId === first.documentId ? 1 : 2))
  }
  assert.deepEqual(await ask({ grouped: true, perDocument: 2 }), [1, 1, 2, 2])
  assert.deepEqual(await ask({ grouped: true, limit: 1 }), [1, 1, 1])
  assert.deepEqual(new Set(await ask({ perDocument: 1 })), new Set([1, 2]))
  assert.equal((await ask({ limit: 2 })).length, 2)
  assert.ok(second.passages >= 2)
})

test('neighbours come along at their own views, under the decision that covers all of it', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t)
  const part = (name: string) =>
    `## ${name}\n\n${Array.from({ length: 150 }, (_, at) => `${name.toLowerCase()}${at % 5}`).join(' ')}`
  await put(['# Page', ...['One', 'Two', 'Three', 'Four'].map(part)].join('\n\n'))
  const answer = await retrieval.search({ query: 'three1', neighbours: 1, limit: 1 }, callOf('user:ana'))
  assert.ok(answer.ok)
  const [passage] = answer.value.passages
  assert.deepEqual(passage?.headings, ['Three'])
  assert.deepEqual(
    [passage?.before, passage?.after].map((list) => list?.map(({ headings }) => headings.join())),
    [['Two'], ['Four']],
  )
  assert.equal(access.checks.at(-1)?.decisionId, answer.value.decisionId)
  assert.equal(access.checks.at(-1)?.candidates, 3)
  const tooMuch = await retrieval.search({ query: 'x', limit: 50, neighbours: 3, grouped: true }, callOf('user:ana'))
  assert.equal(tooMuch.ok ? '' : tooMuch.fault.code, 'retrieval.invalid')
})

test('a search narrows to authors, kinds and times; authors are found in full view only', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t)
  await access.define('salary')
  await put('---\nauthor: Dora\n---\nvacation by Dora')
  await put('vacation by Ana', { authors: ['Ana Ruiz'], updatedAt: '2026-01-01T00:00:00.000Z' })
  await put('vacation by Ben', { authors: ['Ben'], mediaType: 'text/plain', updatedAt: '2026-06-01T00:00:00.000Z' })
  await put('vacation of 4711 euros', { authors: ['Cid'], marks: [{ label: 'salary', quote: '4711 euros' }] })
  const ask = async (input: object) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value.passages
  }
  const textsOf = async (input: object) => (await ask(input)).map(({ text }) => text)
  assert.deepEqual(await textsOf({ authors: ['ana ruiz'] }), ['vacation by Ana'])
  assert.deepEqual(await textsOf({ authors: ['dora'] }), ['vacation by Dora'])
  assert.deepEqual(await textsOf({ mediaTypes: ['text/plain'] }), ['vacation by Ben'])
  assert.deepEqual(await textsOf({ updatedFrom: '2026-03-01T00:00:00Z' }), ['vacation by Ben'])
  assert.deepEqual(await textsOf({ updatedBefore: '2026-03-01T00:00:00Z' }), ['vacation by Ana'])
  assert.deepEqual(await textsOf({ authors: ['Cid'] }), [], 'the masked text has no author to be found by')
  const redacted = (await ask({})).find(({ view }) => view === 'redacted')
  assert.deepEqual([redacted?.text, redacted?.authors], ['vacation of [salary]', undefined])
  const [byAna] = await ask({ authors: ['Ana Ruiz'] })
  assert.deepEqual(
    [byAna?.authors, byAna?.mediaType, byAna?.updatedAt],
    [['Ana Ruiz'], 'text/markdown', '2026-01-01T00:00:00.000Z'],
  )
})

test('a phrase has to be there word for word, though the index knows stems alone, and highlights are of the text that is served', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t)
  await access.define('salary')
  await put('Each code review takes a day.')
  await put('We had our codes reviewed.')
  await put('The code review costs 4711 euros a day.', { marks: [{ label: 'salary', quote: '4711 euros' }] })
  const ask = async (query: string) => {
    const answer = await retrieval.search({ query, highlights: true }, callOf('user:ana'))
    assert.ok(answer.ok)
    return answer.value.passages.map(({ text, highlights = [] }) =>
      [text, ...highlights.map(({ start, end }) => text.slice(start, end))].join('|'),
    )
  }
  assert.deepEqual((await ask('"code review"')).toSorted(), [
    'Each code review takes a day.|code|review',
    'The code review costs [salary] a day.|code|review',
  ])
  assert.equal((await ask('code review')).length, 3)
  assert.deepEqual(await ask('4711'), [])
})

test('what was asked with the filter of before counts only where that is still the filter', async (t) => {
  const { put, found, access } = await startRetrieval(t)
  await put('vacation for all')
  await put('vacation of the board', { allow: ['group:board'] })
  const boardToo = ['vacation for all', 'vacation of the board']
  const sorted = async () => (await found('user:ana', 'vacation')).toSorted()
  for (let times = 0; times < 2; times++) {
    access.covering.set('user:ana', [])
    assert.deepEqual(await sorted(), ['vacation for all'])
    assert.deepEqual(await sorted(), ['vacation for all'])
    access.covering.set('user:ana', ['group:board'])
    assert.deepEqual(await sorted(), boardToo)
    assert.deepEqual(await sorted(), boardToo)
  }
})

test('newer ones move up where that is asked for', async (t) => {
  const { put, retrieval, callOf } = await startRetrieval(t)
  await put('vacation vacation vacation', { updatedAt: '2019-01-01T00:00:00.000Z' })
  await put('vacation and other things of interest', { updatedAt: new Date().toISOString() })
  const first = async (input: object) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    return answer.ok ? answer.value.passages[0]?.text : answer.fault.code
  }
  assert.equal(await first({}), 'vacation vacation vacation')
  assert.equal(await first({ recency: { halfLifeDays: 30 } }), 'vacation and other things of interest')
})

test('why a result stands where it does is told to admins and auditors, and to nobody else', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t, { embeddingModel: 'test/letters' })
  await put('vacation')
  const member = await retrieval.search({ query: 'vacation', why: true }, callOf('user:ana'))
  assert.equal(member.ok ? '' : member.fault.code, 'access.forbidden')
  access.covering.set('user:ana', ['role:admin'])
  const admin = await retrieval.search({ query: '"vacation" the', why: true }, callOf('user:ana'))
  assert.ok(admin.ok)
  const { why } = admin.value.passages[0] ?? {}
  assert.equal(why?.byWords?.rank, 1)
  assert.equal(why?.byVector?.rank, 1)
  assert.deepEqual(
    [admin.value.how?.phrases, admin.value.how?.embeddingModel, admin.value.how?.filter.names],
    [['vacation'], 'test/letters', [1]],
  )
  assert.ok(admin.value.how?.terms.includes('vacat'))
})

test('a query without words, or with too many, says so', async (t) => {
  const { put, retrieval, callOf } = await startRetrieval(t)
  await put('the vacation')
  const notes = async (query: string) => {
    const answer = await retrieval.search({ query }, callOf('user:ana'))
    return answer.ok ? [answer.value.passages.length, answer.value.notes] : answer.fault.code
  }
  assert.deepEqual(await notes('vacation'), [1, undefined])
  assert.deepEqual(await notes('the of and ?!'), [0, ['no-words']])
  assert.deepEqual(await notes(`vacation ${Array.from({ length: 300 }, (_, at) => `w${at}`).join(' ')}`), [
    1,
    ['query-cut'],
  ])
})
