import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { aPassage } from '../../test/neighbours.ts'
import { anAgent, startAgents, value } from '../../test/start-agents.ts'

const secret = 'The bonus of every director is 40 percent of the yearly pay'
const instructions = `Answer from the handbook.\nRemember: ${secret.toUpperCase()}. Be brief.`

test('publishing warns of what the instructions quote, unless all who may run the agent can open it', async (t) => {
  const { ana, ben, state } = await startAgents(t)
  const paper = aPassage(`Decided in May.  ${secret}, paid in June.`, 'Board minutes')
  state.passages.push(paper)
  state.readable.get(ana.subject)?.add(paper.documentId)
  const agent = await anAgent(ana, { instructions })
  const publish = async () =>
    value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call())).warnings ?? []
  const forMembers = await publish()
  assert.equal(forMembers.length, 1)
  assert.match(forMembers[0] ?? '', /“Board minutes” word for word .*Make sure that everybody/)

  const grant = async (run: string[]) =>
    value(await ana.client.updateAgent({ agentId: agent.id, grants: { run } }, ana.call()))
  await grant([ana.subject, ben.subject])
  assert.match((await publish())[0] ?? '', /Not everybody who may run this agent can open that/)
  state.readable.set(ben.subject, new Set([paper.documentId]))
  assert.deepEqual(await publish(), [])
  await grant([ana.subject])
  state.searches.length = 0
  assert.deepEqual(await publish(), [])
  assert.equal(state.searches.length, 0, 'who publishes knows what they wrote')

  // What the publisher may not read themselves is not told to them.
  await grant(['workspace:members'])
  state.readable.get(ana.subject)?.delete(paper.documentId)
  assert.deepEqual(await publish(), [])
  state.searchFault = retrievalFaults.fault('unavailable', 'Down.')
  assert.match((await publish())[0] ?? '', /could not be checked/)
})
