import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { createPerson, createPushSource, membership } from '@tessera/testkit/builders'
import { eventually } from '@tessera/testkit/eventually'
import { standaloneWorld } from './world.ts'

type Answer = { decisionId: string; receipt: { sequence: number; rowHash: string } }
type Row = {
  metadata: { uid: string; sequence: number }
  unmapped: { tessera: { hash?: string; row?: { body: { filterHash?: string } } } }
}

test('whatever shows content comes with a receipt: the number and hash of its row, as the log is exported', async (t) => {
  const world = await standaloneWorld(t)
  const ana = await createPerson(world, 'ana')
  const api = await world.as('ana')
  const { id } = await createPushSource(world, 'Handbook')
  await world.admin.send('PUT', `/v1/data-sources/${id}/documents/leave?wait=indexed`, {
    content: { mediaType: 'text/markdown', text: '# Leave\n\nEverybody gets thirty days of leave.' },
    access: { allow: [ana] },
  })
  const { agent } = await world.admin.send<{ agent: { id: string } }>('POST', '/v1/agents', {
    ...{ handle: 'guide', title: 'Guide', grants: { run: [ana] } },
    definition: { instructions: 'Answer.', scope: { kind: 'everything' } },
  })
  await world.admin.send('POST', `/v1/agents/${agent.id}/versions/1/publish`)
  const { id: conversation } = await api.send<{ id: string }>('POST', '/v1/conversations', { agent: agent.id })

  const search = () => api.send<Answer & { passages: Passage[] }>('POST', '/v1/search', { query: 'leave' })
  await eventually(async () => assert.equal((await search()).passages.length, 1))
  const found = await search()
  const [passage] = found.passages
  assert.ok(passage)
  const asked = { question: { reader: ana, documentId: passage.documentId } }
  const answers = {
    search: found,
    citation: await api.get<Answer>(`/v1/citations/${passage.passageId}`),
    document: await api.get<Answer>(`/v1/documents/${passage.documentId}`),
    answer: await api.send<Answer>('POST', `/v1/conversations/${conversation}/messages`, { text: 'How much leave?' }),
    explain: await world.admin.send<Answer>('POST', '/v1/access/explain', asked),
    readers: await world.admin.send<Answer>('POST', '/v1/access/readers', { documentId: passage.documentId }),
    documents: await world.admin.send<Answer>('POST', '/v1/access/documents', { reader: ana }),
  }
  const again = await search()
  const { group } = await world.admin.send<{ group: { name: string } }>('POST', '/v1/groups', { title: 'G' })
  await world.admin.send('PUT', membership(group.name, ana))
  const grown = await search()
  const exported = await fetch(`${world.url}/v1/audit/export`, {
    headers: { authorization: `Bearer ${await world.tokenFor('admin')}` },
  })
  const rows = (await exported.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]))
  const [first, second, third] = [found, again, grown].map(
    ({ decisionId }) => rows.find(({ metadata }) => metadata.uid === decisionId)?.unmapped.tessera.row?.body.filterHash,
  )
  assert.match(first ?? '', /^[0-9a-f]{64}$/)
  assert.equal(second, first)
  assert.notEqual(third, first)
  for (const [name, { decisionId, receipt }] of Object.entries(answers)) {
    const row = rows.find(({ metadata }) => metadata.uid === decisionId)
    assert.deepEqual(receipt, { sequence: row?.metadata.sequence, rowHash: row?.unmapped.tessera.hash }, name)
  }
})
