import assert from 'node:assert/strict'
import test from 'node:test'
import { eventually } from './eventually.ts'

test('answers what the first attempt answers that neither throws nor is false', async () => {
  let attempts = 0
  const answer = await eventually(() => {
    attempts += 1
    if (attempts === 1) throw new Error('too early')
    return attempts === 2 ? false : 'third'
  })
  assert.equal(answer, 'third')
})

test('fails with the error of the last attempt', async () => {
  const failing = eventually(() => assert.equal(1, 2, 'one is not two'), { timeoutMs: 30 })
  await assert.rejects(failing, /one is not two/)
})

test('fails when it stays false', async () => {
  await assert.rejects(
    eventually(() => false, { timeoutMs: 30 }),
    /still false after 30 ms/,
  )
})
