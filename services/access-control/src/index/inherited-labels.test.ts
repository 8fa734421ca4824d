import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inheritedLabels } from './inherited-labels.ts'

const known = { passageIds: ['p1', 'p2', 'p3', 'p4'], sections: ['pay', 'pay', 'plan', 'legal'] }
const byHand = new Map([
  ['p1', ['salary', 'hr']],
  ['p4', ['legal']],
])
const inherit = (...passages: [string, string][]) =>
  Object.fromEntries(
    inheritedLabels(
      known,
      byHand,
      passages.map(([passageId, section]) => ({ passageId, section })),
    ),
  )

test('a new passage takes the labels that its section had by hand', () => {
  assert.deepEqual(inherit(['p5', 'pay'], ['p6', 'legal']), { p5: ['hr', 'salary'], p6: ['legal'] })
})

test('in a section where nobody labelled anything it takes none', () => {
  assert.deepEqual(inherit(['p5', 'plan']), { p5: [] })
})

test('in a section that is new as well it takes all of the document', () => {
  assert.deepEqual(inherit(['p5', 'annex']), { p5: ['hr', 'legal', 'salary'] })
})

test('passages that were there take none, whatever section they are in now', () => {
  assert.deepEqual(inherit(['p1', 'plan'], ['p2', 'pay'], ['p3', 'annex']), {})
})

test('where nobody knows what is new, everything without labels takes all', () => {
  const passages = ['p1', 'p2', 'p9'].map((passageId) => ({ passageId, section: 'plan' }))
  const all = ['hr', 'legal', 'salary']
  assert.deepEqual(Object.fromEntries(inheritedLabels(undefined, byHand, passages)), { p2: all, p9: all })
})
