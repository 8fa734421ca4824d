import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, type Json } from './canonical-json.ts'

test('the examples of RFC 8785 give the texts that it states', () => {
  const numbers = [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001]
  assert.equal(canonicalJson(numbers), '[333333333.3333333,1e+30,4.5,0.002,1e-27]')
  const sorted = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  assert.equal(canonicalJson(sorted), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
  assert.equal(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/'), '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
})

test('equal values have one text, whatever the order of their members; different ones do not share it', () => {
  const shuffled = (value: Json): Json => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(shuffled)
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, member]) => [key, member === undefined ? member : shuffled(member)]),
    )
  }
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
      const [one, other] = [left as Json, right as Json]
      assert.equal(canonicalJson(shuffled(one)), canonicalJson(one))
      assert.deepEqual(canonicalJson(JSON.parse(canonicalJson(one)) as Json), canonicalJson(one))
      const same = JSON.stringify(shuffled(shuffled(one))) === JSON.stringify(shuffled(shuffled(other)))
      if (same) assert.equal(canonicalJson(one), canonicalJson(other))
    }),
  )
})

test('what a jsonb cannot hold is replaced, and a number that JSON has not is refused', () => {
  assert.equal(canonicalJson('a\0b\ud800c'), '"a\ufffdb\ufffdc"')
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => canonicalJson([number]), TypeError)
})
