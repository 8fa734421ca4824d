import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { twoProviders } from '../../test/two-providers.ts'

test('what access-control said of a caller without documents holds for as long as the revision of their workspace', async (t) => {
  const { ask, asked, people, ana } = await twoProviders(t)
  for (let times = 0; times < 3; times++) assert.equal((await ask({})).fault, undefined)
  assert.equal(people.checked.length, 1)
  people.states.set(ana.subject, 'deactivated')
  assert.equal((await ask({})).fault?.code, 'access.deactivated')
  people.states.set(ana.subject, 'member')
  assert.equal((await ask({})).fault, undefined)
  assert.deepEqual(asked(), [4, 0])
})

test('of a prompt with documents it is asked each time', async (t) => {
  const { ask, people } = await twoProviders(t)
  const decisionId = newId('dec')
  people.carried.set(decisionId, [])
  for (let times = 0; times < 3; times++) assert.equal((await ask({ decisionIds: [decisionId] })).fault, undefined)
  assert.equal(people.checked.length, 3)
})

test('a caller who was found at another revision is to be found anew, and nothing was sent or paid for', async (t) => {
  const { ask, asked, people, callOf, ana, db } = await twoProviders(t)
  const found = { ...ana, revision: people.revision() }
  assert.equal((await ask({}, callOf(found))).fault, undefined)
  assert.equal((await ask({}, callOf(found))).fault, undefined)
  people.groups.set(ana.subject, ['group:all'])
  assert.equal((await ask({}, callOf(found))).fault?.code, 'models.caller-outdated')
  assert.equal((await ask({}, callOf({ ...ana, revision: people.revision() }))).fault, undefined)
  assert.deepEqual(asked(), [3, 0])
  assert.equal((await db.selectFrom('ledger').select('id').execute()).length, 3)
})
