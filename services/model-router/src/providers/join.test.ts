import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Content } from './content.ts'
import { createJoin } from './join.ts'

function joinedOf(contents: readonly Content[]): Content[] {
  const join = createJoin()
  return [...contents.flatMap((content) => join.add(content)), ...join.rest()]
}
const text = (words: string): Content => ({ type: 'text-delta', text: words })

test('what is of one piece is joined, and stays in its order', () => {
  const logprobs = [{ token: 'c', logprob: -1, top: [] }]
  assert.deepEqual(
    joinedOf([
      { type: 'reasoning-delta', text: 'h' },
      { type: 'reasoning-delta', text: 'm' },
      text('a'),
      text('b'),
      { type: 'text-delta', text: 'c', logprobs },
      { type: 'tool-call-start', id: '1', name: 'one' },
      { type: 'tool-call-delta', arguments: '{' },
      { type: 'tool-call-delta', arguments: '}' },
      { type: 'tool-call-start', id: '2', name: 'two' },
      { type: 'tool-call-delta', arguments: '{}' },
      { type: 'refusal-delta', text: 'n' },
      { type: 'refusal-delta', text: 'o' },
    ]),
    [
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'text-delta', text: 'abc', logprobs },
      { type: 'tool-call-start', id: '1', name: 'one' },
      { type: 'tool-call-delta', arguments: '{}' },
      { type: 'tool-call-start', id: '2', name: 'two' },
      { type: 'tool-call-delta', arguments: '{}' },
      { type: 'refusal-delta', text: 'no' },
    ],
  )
})

test('reasoning that is sealed is apart from what comes after it', () => {
  const sealed: Content[] = [
    { type: 'reasoning-delta', text: 'one' },
    { type: 'reasoning-end', seal: 's' },
    { type: 'reasoning-delta', text: 'two' },
  ]
  assert.deepEqual(joinedOf(sealed), sealed)
})

test('a long answer is not held to its end, and no event is too large for the bus', () => {
  const join = createJoin()
  const early = Array.from({ length: 200 }, () => join.add(text('x'.repeat(1000)))).flat()
  const all = [...early, ...join.rest()]
  assert.ok(early.length > 0)
  assert.equal(
    all.map((content) => (content.type === 'text-delta' ? content.text.length : 0)).reduce((a, b) => a + b),
    200_000,
  )
  for (const content of all) assert.ok(content.type === 'text-delta' && content.text.length <= 33_768)
})
