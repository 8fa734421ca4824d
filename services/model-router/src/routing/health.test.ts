import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BreakerCause } from './breaker.ts'
import { createHealth } from './health.ts'

function atTime() {
  let now = 1_000
  const health = createHealth({ nowMs: () => now })
  return {
    health,
    pass: (ms: number) => void (now += ms),
    fail: (cause: BreakerCause, retryAfterMs?: number) => health.begin('p/a').failed(cause, retryAfterMs),
    succeed: () => health.begin('p/a').succeeded(),
    cause: () => health.cooling('p/a')?.cause,
  }
}

test('a limit of rate cools a target for exactly as long as its provider says, also while others succeed', () => {
  const { pass, fail, succeed, cause } = atTime()
  fail('rate-limited', 20_000)
  succeed()
  pass(19_999)
  assert.equal(cause(), 'rate-limited')
  pass(1)
  assert.equal(cause(), undefined)
})

test('other causes cool after several in a row, longer each time, and a success ends it', () => {
  const { pass, fail, succeed, cause } = atTime()
  fail('failed')
  fail('failed')
  succeed()
  fail('failed')
  fail('failed')
  assert.equal(cause(), undefined)
  fail('failed')
  assert.equal(cause(), 'failed')
  pass(5000)
  assert.equal(cause(), undefined)
  fail('failed')
  pass(9999)
  assert.equal(cause(), 'failed')
  pass(1)
  succeed()
  assert.equal(cause(), undefined)
})

test('causes are counted apart: one of each is no pattern', () => {
  const { fail, cause } = atTime()
  for (const one of ['failed', 'garbage', 'empty', 'cut', 'timeout', 'unreachable'] as const) fail(one)
  assert.equal(cause(), undefined)
  fail('unreachable')
  assert.equal(cause(), 'unreachable')
})

test('after a cooling one request probes, and the others keep away until it has told', () => {
  const { health, pass, fail, cause } = atTime()
  fail('unreachable')
  fail('unreachable')
  pass(5000)
  const probe = health.begin('p/a')
  assert.equal(cause(), 'unreachable')
  probe.ended()
  assert.equal(cause(), undefined)
  health.begin('p/a').succeeded()
  assert.equal(cause(), undefined)
  const listed = health.list()[0]
  assert.deepEqual([listed?.inFlight, listed?.requests, listed?.failures], [0, 4, 2])
})

test('the average of the time to first content moves with what is new, and is forgotten when nothing is', () => {
  const { health, pass } = atTime()
  assert.equal(health.firstContentMs('p/a'), undefined)
  const attempt = health.begin('p/a')
  attempt.firstContent(100)
  attempt.succeeded()
  attempt.succeeded()
  health.begin('p/a').firstContent(200)
  assert.equal(health.firstContentMs('p/a'), 120)
  assert.equal(health.inFlight('p/a'), 1)
  pass(60_000)
  assert.equal(health.firstContentMs('p/a'), undefined)
})
