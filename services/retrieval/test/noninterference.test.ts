import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import fc from 'fast-check'
import { createPgliteIndex } from '../src/index/pglite/pglite-index.ts'
import { startRetrieval } from './start-retrieval.ts'

const words = ['vacation', 'policy', 'budget', 'travel', 'office', 'salary', 'incident', 'review', 'laptop', 'pension']
const word = fc.constantFrom(...words)
const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((some) => some.join(' '))
/** What nobody but the boss may see comes, changes and goes. */
const change = fc.oneof(
  fc.record({ act: fc.constant('add' as const), text }),
  fc.record({ act: fc.constant('rewrite' as const), text }),
  fc.record({ act: fc.constant('remove' as const), text }),
)
const queries = [
  'vacation policy',
  'budget travel office',
  'salary',
  '"office salary"',
  'pension laptop review',
  'zyzzyva',
]

/** Readable documents that stay, hidden ones that change as told, and what a reader gets of it all. */
async function world(t: TestContext, index?: ReturnType<typeof createPgliteIndex>) {
  const started = await startRetrieval(t, { embeddingModel: 'test/letters', ...(index ? { index } : {}) })
  const { put, content, asSource, retrieval, callOf, access } = started
  const readable = fc.sample(fc.array(word, { minLength: 3, maxLength: 40 }), { numRuns: 12, seed: 7 })
  for (const [at, some] of readable.entries()) await put(`# Page ${at}\n\n${some.join(' ')}`)
  let hidden: string[] = []
  const apply = async ({ act, text }: { act: 'add' | 'rewrite' | 'remove'; text: string }) => {
    const secret = { allow: ['user:boss'] }
    if (act === 'add' || hidden.length === 0) {
      hidden.push((await put(`hidden ${text}`, secret)).documentId)
    } else if (act === 'rewrite') {
      await put(`hidden ${text}`, { ...secret, documentId: hidden[0] ?? newId('doc') })
    } else {
      await content.removeDocuments({ documentIds: hidden.slice(0, 1) }, asSource())
      hidden = hidden.slice(1)
    }
  }
  const seen = async () => {
    const answers = []
    for (const query of queries) {
      const answer = await retrieval.search({ query, limit: 5, highlights: true }, callOf('user:ana'))
      assert.ok(answer.ok, JSON.stringify(answer))
      answers.push(answer.value.passages)
    }
    return answers
  }
  return { apply, seen, access, found: () => hidden.length }
}

for (const adapter of ['elasticsearch', 'pglite'] as const) {
  const open = async (t: TestContext) => {
    if (adapter === 'elasticsearch') return world(t)
    const pglite = await openPglite({ extensions: ['vector', 'pg_textsearch'] })
    t.after(() => pglite.close())
    return world(t, createPgliteIndex({ pglite }))
  }

  test(`${adapter}, strict: whatever comes, changes and goes that a reader may not see, they see the same to the last byte`, async (t) => {
    const { apply, seen, access } = await open(t)
    access.state.strict = true
    const before = JSON.stringify(await seen())
    assert.match(before, /Page/)
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        for (const one of changes) await apply(one)
        assert.equal(JSON.stringify(await seen()), before)
      }),
      { numRuns: 6, endOnFailure: true },
    )
  })

  test(`${adapter}, by default: nothing hidden is ever seen; places may move a little, and how far is told`, async (t) => {
    const { apply, seen } = await open(t)
    const before = await seen()
    let [places, moved, furthest] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        for (const one of changes) await apply(one)
        const now = await seen()
        assert.doesNotMatch(JSON.stringify(now), /hidden/)
        for (const [at, passages] of now.entries()) {
          const old = before[at]?.map(({ passageId }) => passageId) ?? []
          for (const [rank, { passageId }] of passages.entries()) {
            places++
            const distance = Math.abs(rank - (old.indexOf(passageId) + 1 || old.length + 1) + 1)
            if (distance > 0) moved++
            furthest = Math.max(furthest, distance)
          }
        }
      }),
      { numRuns: 4, endOnFailure: true },
    )
    t.diagnostic(`${adapter}: ${moved} of ${places} places moved, by ${furthest} at most`)
  })
}
