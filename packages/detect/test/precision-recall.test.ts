import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../src/finding.ts'
import { readLabelled } from './labelled-set.ts'
import { measure, tableOf } from './measure.ts'
import { foundInHandbook, reviewed } from './reviewed.ts'

/** What may not get worse, on the half of the set that nothing was tuned on. */
const least = { precision: 0.95, recall: 0.95 }

test('each kind is found with the precision and the recall that the README states', (t) => {
  const set = readLabelled()
  const heldOut = set.filter(({ tuned }) => !tuned)
  for (const { kind, labels, precision, recall, misses } of measure(heldOut)) {
    assert.ok(labels >= 25, `${kind} has ${labels} labels`)
    assert.ok(precision >= least.precision && recall >= least.recall, `${kind}: ${misses.join('\n')}`)
  }
  t.diagnostic(`held out\n${tableOf(measure(heldOut))}`)
  t.diagnostic(`tuned on\n${tableOf(measure(set.filter(({ tuned }) => tuned)))}`)
})

test('the set holds hard negatives of each kind', () => {
  const negatives = readLabelled().filter(({ labels }) => labels.length === 0)
  assert.ok(negatives.length >= kinds.length * 25, `${negatives.length}`)
})

test('in the sample handbook nothing is found but what somebody looked at, and next to none of it wrong', () => {
  const judged = reviewed()
  const right = new Set(judged.filter((line) => !line.startsWith('wrong: ')))
  assert.deepEqual(
    foundInHandbook(),
    judged.map((line) => line.replace('wrong: ', '')),
  )
  assert.ok(right.size / judged.length >= 0.98)
})
