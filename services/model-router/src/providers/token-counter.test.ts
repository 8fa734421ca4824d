import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenCounter } from './token-counter.ts'

test('tokens are counted as the published tokenizers cut texts, side by side', async () => {
  const tokens = createTokenCounter()
  // Known from the tokenizers' own documentation.
  assert.deepEqual(
    await Promise.all([
      tokens.count(['hello world']),
      tokens.count(['hello', ' world'], 'cl100k_base'),
      tokens.count(['tiktoken is great!'], 'cl100k_base'),
      tokens.count([]),
    ]),
    [2, 2, 6, 0],
  )
})

test('what looks like a mark of a protocol is a text like any other', async () => {
  assert.ok((await createTokenCounter().count(['<|endoftext|>'])) > 1)
})
