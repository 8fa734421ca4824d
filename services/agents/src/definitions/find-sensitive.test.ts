import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAgent, startAgents, value } from '../../test/start-agents.ts'
import { findSensitive } from './find-sensitive.ts'

test('publishing warns of what looks sensitive in the instructions, by kind and line, and does not repeat it', async (t) => {
  const { ana } = await startAgents(t)
  const instructions =
    'Answer from the handbook.\nInvoices go to DE89 3704 0044 0532 0130 00.\nThe password is Sommer2024!'
  const agent = await anAgent(ana, { instructions })
  const { warnings = [] } = value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call()))
  assert.equal(warnings.length, 2)
  assert.match(warnings[0] ?? '', /account number \(IBAN\) \(line 2\)/)
  assert.match(warnings[1] ?? '', /key, token or password \(line 3\)/)
  assert.doesNotMatch(warnings.join(), /3704|Sommer/)
})

test('each kind is warned of once, with the first of its lines', () => {
  const [warning, ...others] = findSensitive('a@example.com, b@example.com\n'.repeat(9))
  assert.match(warning ?? '', /e-mail address \(line 1, 2, 3, 4, 5 and more\)/)
  assert.deepEqual(others, [])
  assert.deepEqual(findSensitive('Be brief, and cite.'), [])
})
