import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { eventually } from '@tessera/testkit/eventually'
import { createPerson, createPushSource } from '@tessera/testkit/builders'
import type { Api, ApiError } from '../src/api.ts'
import { standaloneWorld } from './world.ts'

const search = async (api: Api, query: string) =>
  (await api.send<{ passages: Passage[] }>('POST', '/v1/search', { query })).passages

test('marks, rules, labels and digests through the public API: each reader gets the greatest view they may have, and finds by nothing more', async (t) => {
  const world = await standaloneWorld(t)
  const source = await createPushSource(world, 'Pay')
  const names = new Map<string, string>()
  for (const person of ['ana', 'hr', 'eve']) names.set(person, await createPerson(world, person))
  const nameOf = (person: string) => names.get(person) ?? ''
  const [ana, hr, eve] = await Promise.all(['ana', 'hr', 'eve'].map((person) => world.as(person)))
  assert.ok(ana && hr && eve)
  const define = (label: string, below: string, hidesTitle = false) =>
    world.admin.send('PUT', `/v1/labels/${label}`, { title: label, requires: ['pay'], below, hidesTitle })
  await define('pay', 'redacted')
  await define('plans', 'digest')
  for (const person of ['hr', 'eve']) {
    await world.admin.send('PUT', `/v1/clearances/${encodeURIComponent(nameOf(person))}`, { clearances: ['pay'] })
  }
  const put = (externalId: string, text: string, marks: object[], labels: string[] = []) =>
    world.admin.send('PUT', `/v1/data-sources/${source.id}/documents/${externalId}?wait=indexed`, {
      content: { mediaType: 'text/markdown', text, marks, url: `https://x.example/${externalId}` },
      access: { allow: ['hr', 'eve', 'ana'].map(nameOf), labels },
    })

  await put('jane.md', '# Doe\n\nThe zebra salary of Jane is 4711 EUR.', [
    { label: 'pay', kind: 'salary', quote: '4711 EUR' },
  ])
  await eventually(async () => assert.equal((await search(ana, 'zebra')).length, 1))
  assert.equal((await search(ana, '4711')).length, 0)
  const [redacted] = await search(ana, 'zebra salary')
  assert.equal(redacted?.text, 'The zebra salary of Jane is [salary].')
  assert.deepEqual(
    [redacted.view, redacted.entitledView, redacted.url, redacted.externalId],
    ['redacted', 'redacted', undefined, undefined],
  )
  assert.ok(!Object.keys(redacted).includes('labels'))
  const [full] = await search(hr, '4711')
  assert.deepEqual([full?.view, full?.url], ['full', 'https://x.example/jane.md'])
  const cited = await ana.get<{ passage: Passage }>(`/v1/citations/${redacted.passageId}`)
  assert.equal(cited.passage.text, redacted.text)

  const { rule } = await world.admin.send<{ rule: { id: string } }>('POST', '/v1/redaction-rules', {
    title: 'Names',
    pattern: '\\bjane\\b',
    label: 'pay',
    kind: 'name',
  })
  await eventually(async () =>
    assert.deepEqual(
      (await search(ana, 'zebra')).map(({ text }) => text),
      ['The zebra salary of [name] is [salary].'],
    ),
  )
  assert.deepEqual(await search(ana, 'jane'), [])
  await world.admin.send('DELETE', `/v1/redaction-rules/${rule.id}`)
  await eventually(async () => assert.equal((await search(ana, 'jane')).length, 1))

  const { rule: byForm } = await world.admin.send<{ rule: { id: string; detector: string } }>(
    'POST',
    '/v1/redaction-rules',
    {
      title: 'Accounts',
      detector: 'iban',
      label: 'pay',
      kind: 'iban',
    },
  )
  assert.equal(byForm.detector, 'iban')
  await put('lion.md', '# Lion\n\nPay the lion to DE89 3704 0044 0532 0130 00, please.', [])
  await eventually(async () =>
    assert.deepEqual(
      (await search(ana, 'lion')).map(({ text }) => text),
      ['Pay the lion to [iban], please.'],
    ),
  )

  await put('zoo.md', '# Zoo\n\nProject Giraffe closes the office in Basel.', [], ['plans'])
  assert.deepEqual(await search(ana, 'giraffe'), [])
  const [plan] = await search(hr, 'giraffe')
  assert.ok(plan)
  const address = `/v1/passages/${plan.passageId}/digest`
  await assert.rejects(
    ana.send('PUT', address, { text: 'An office closes.' }),
    (error: ApiError) => error.status === 404,
  )
  const { hash } = await hr.send<{ hash: string }>('PUT', address, { text: 'An office closes.' })
  await assert.rejects(hr.send('POST', `${address}/approve`, { hash }), (error: ApiError) => error.status === 403)
  assert.deepEqual(await search(ana, 'office closes'), [])
  await eve.send('POST', `${address}/approve`, { hash })
  await eventually(async () =>
    assert.deepEqual(
      (await search(ana, 'office closes')).map(({ text, view }) => [view, text]),
      [['digest', 'An office closes.']],
    ),
  )
  assert.deepEqual(await search(ana, 'Basel'), [])
  // A label that comes later ends the digest at once.
  await put('zoo.md', '# Zoo\n\nProject Giraffe closes the office in Basel.', [], ['plans', 'pay'])
  assert.deepEqual(await search(ana, 'office closes'), [])
})
