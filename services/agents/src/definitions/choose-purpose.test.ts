import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePurpose } from './choose-purpose.ts'

const keyed = (purpose?: string) => ({
  ...{ workspaceId: 'w', subject: 'user:u', actors: [], scopes: [] },
  ...(purpose === undefined ? {} : { purpose }),
})

const cases: [string[], string | undefined, string | undefined, string | undefined][] = [
  // stated by the agent, wanted, bound to the key → what for
  [['support', 'audit'], undefined, undefined, 'support'],
  [['support', 'audit'], 'audit', undefined, 'audit'],
  [['support', 'audit'], undefined, 'audit', 'audit'],
  [['support', 'audit'], 'hiring', undefined, 'refused'],
  [['support', 'audit'], undefined, 'hiring', 'refused'],
  [['support', 'audit'], 'support', 'audit', 'refused'],
  [[], undefined, undefined, undefined],
  [[], undefined, 'audit', 'audit'],
  [[], 'audit', 'audit', 'audit'],
  [[], 'audit', undefined, 'refused'],
]

test('a purpose is chosen from closed lists only, and an agent never widens the one of a key', () => {
  for (const [stated, wanted, bound, expected] of cases) {
    const chosen = choosePurpose(stated, wanted, keyed(bound))
    assert.equal(chosen.ok ? chosen.value : 'refused', expected, JSON.stringify([stated, wanted, bound]))
    if (!chosen.ok) assert.equal(chosen.fault.errors?.[0]?.field, '/purpose')
  }
})
