import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReader } from './reader.ts'

test('large documents are read beside everything else, and a hostile one fails alone', async (t) => {
  const reader = createReader({ heapMb: 128, timeoutMs: 30_000 })
  t.after(() => reader.close())
  const unclosed = Array.from({ length: 250 }, (_, i) => `<b a${i}>`).join('')
  const [large, hostile, after] = await Promise.all([
    reader.read({ mediaType: 'text/markdown', externalId: 'a', text: 'A sentence of words.\n\n'.repeat(20_000) }),
    reader.read({ mediaType: 'text/html', externalId: 'b', text: unclosed + '<p>x'.repeat(200_000) }),
    reader.read({ mediaType: 'text/html', externalId: 'c', text: '<p>One</p>'.repeat(1000) }),
  ])
  assert.ok(large.ok && large.value.blocks.length === 20_000)
  assert.equal(hostile.ok ? '' : hostile.fault.code, 'retrieval.unreadable-content')
  assert.ok(after.ok && after.value.blocks.length === 1000)
})

test('a document that takes too long is given up on, and the next one is read', async (t) => {
  const reader = createReader({ heapMb: 512, timeoutMs: 1 })
  t.after(() => reader.close())
  const slow = await reader.read({ mediaType: 'text/html', externalId: 'a', text: '<p>x'.repeat(100_000) })
  assert.match(slow.ok ? '' : slow.fault.detail, /too long/)
  const light = await reader.read({ mediaType: 'text/html', externalId: 'b', text: '<p>One</p>' })
  assert.ok(light.ok)
})
