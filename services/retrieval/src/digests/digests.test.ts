import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from '../../test/start-retrieval.ts'

const text = 'Doe of Basel earns 4711 EUR, which the board decided.'
const marks = [{ label: 'pay', kind: 'salary', quote: '4711 EUR' }]

/** `user:hr` and `user:eve` are cleared; `user:ana` gets a digest. */
async function start(t: Parameters<typeof startRetrieval>[0]) {
  const started = await startRetrieval(t)
  const { access, retrieval, callOf, put } = started
  for (const one of ['user:hr', 'user:eve']) access.clearances.set(one, ['pay'])
  await access.define('pay', { below: 'digest' })
  const document = await put(`# Pay in 4711 EUR\n\n## Of 4711 EUR\n\n${text}`, {
    allow: ['user:ana', 'user:hr', 'user:eve'],
    url: 'https://x.example/4711',
    marks,
  })
  const full = await retrieval.getDocument({ documentId: document.documentId }, callOf('user:hr'))
  assert.ok(full.ok)
  const passageId = full.value.passages[0]?.passageId ?? ''
  const propose = (subject: string, text: string) => retrieval.proposeDigest({ passageId, text }, callOf(subject))
  const approve = (subject: string, hash: string) => retrieval.approveDigest({ passageId, hash }, callOf(subject))
  const states = async () => {
    const answer = await retrieval.getDigests({ passageId }, callOf('user:eve'))
    assert.ok(answer.ok)
    return answer.value.digests.map(({ state, proposedBy }) => `${state} by ${proposedBy}`)
  }
  return { ...started, document, passageId, propose, approve, states }
}
const codeOf = (answer: { ok: true } | { ok: false; fault: { code: string } }) => (answer.ok ? 'ok' : answer.fault.code)

test('a digest exists for nobody until somebody else approved it, and then shows its own text under the masked title alone', async (t) => {
  const { found, propose, approve, states, retrieval, callOf, document } = await start(t)
  assert.deepEqual(await found('user:ana', 'board'), [])
  const proposed = await propose('user:hr', 'The board decided the pay of somebody.')
  assert.ok(proposed.ok)
  const { hash } = proposed.value
  assert.deepEqual(await states(), ['proposed by user:hr'])
  assert.deepEqual(await found('user:ana', 'board', { atLeast: proposed.value.revision }), [])
  assert.equal(codeOf(await approve('user:hr', hash)), 'access.forbidden')
  assert.equal(codeOf(await approve('user:eve', newId('dec'))), 'retrieval.not-found')
  const approved = await approve('user:eve', hash)
  assert.ok(approved.ok)
  assert.deepEqual(await found('user:ana', 'board', { atLeast: approved.value.revision }), [
    'The board decided the pay of somebody.',
  ])
  assert.deepEqual(await states(), ['approved by user:hr'])
  assert.deepEqual(await found('user:ana', 'Basel'), [], 'not by what is left out')
  assert.deepEqual(await found('user:hr', 'board'), [text])
  const read = await retrieval.getDocument({ documentId: document.documentId }, callOf('user:ana'))
  assert.ok(read.ok)
  assert.doesNotMatch(JSON.stringify(read.value), /4711|Basel/)
  const [passage] = read.value.passages
  assert.deepEqual(
    [passage?.view, passage?.entitledView, passage?.title, passage?.headings, passage?.hash],
    ['digest', 'digest', 'Pay in [salary]', [], hash],
  )
})

test('who is entitled to the redacted view gets the digest where nothing is redacted, and never more', async (t) => {
  const { found, access, put, retrieval, callOf } = await start(t)
  await access.define('plans')
  access.clearances.set('user:hr', ['pay', 'plans'])
  access.clearances.set('user:eve', ['pay', 'plans'])
  const allow = ['user:ana', 'user:hr', 'user:eve']
  // Nothing is marked in it, so there is no redacted variant.
  const { documentId } = await put('Project Zebra begins.', { allow, labels: ['plans'] })
  const full = await retrieval.getDocument({ documentId }, callOf('user:hr'))
  const passageId = (full.ok && full.value.passages[0]?.passageId) || ''
  const proposed = await retrieval.proposeDigest({ passageId, text: 'A project begins.' }, callOf('user:hr'))
  assert.ok(proposed.ok, JSON.stringify(proposed))
  const approved = await retrieval.approveDigest({ passageId, hash: proposed.value.hash }, callOf('user:eve'))
  assert.ok(approved.ok)
  assert.deepEqual(await found('user:ana', 'project', { atLeast: approved.value.revision }), ['A project begins.'])
  assert.deepEqual(await found('user:ana', 'Zebra'), [])
  const read = await retrieval.getPassage({ passageId }, callOf('user:ana'))
  assert.deepEqual(read.ok && [read.value.passage.view, read.value.passage.entitledView], ['digest', 'redacted'])
})

test('a digest with a masked text in it is refused by kind, and only who reads the passage in full learns anything of digests', async (t) => {
  const { propose, approve, retrieval, callOf, passageId } = await start(t)
  const given = await propose('user:hr', 'It is 4711  eur.')
  assert.equal(codeOf(given), 'retrieval.invalid')
  assert.deepEqual(given.ok ? [] : given.fault.errors, [
    { field: '/text', rule: 'must not contain what is masked: [salary]' },
  ])
  assert.equal(codeOf(await propose('user:hr', '  \n ')), 'retrieval.invalid')
  const proposed = await propose('user:hr', 'Some pay.')
  assert.ok(proposed.ok)
  const stranger = callOf('user:ana')
  const unknown = newId('psg')
  const pairs = [
    [
      await propose('user:ana', 'It is 4711 EUR.'),
      await retrieval.proposeDigest({ passageId: unknown, text: 'x' }, stranger),
    ],
    [await retrieval.getDigests({ passageId }, stranger), await retrieval.getDigests({ passageId: unknown }, stranger)],
    [
      await approve('user:ana', proposed.value.hash),
      await retrieval.approveDigest({ passageId: unknown, hash: 'x' }, stranger),
    ],
    [
      await retrieval.withdrawDigest({ passageId }, stranger),
      await retrieval.withdrawDigest({ passageId: unknown }, stranger),
    ],
  ]
  for (const [mine, missing] of pairs) {
    assert.equal(mine && codeOf(mine), 'retrieval.not-found')
    assert.deepEqual(mine, missing)
  }
})

test('a digest ends when it is withdrawn, when a label is added, and when more is masked in what it was drafted from', async (t) => {
  const { found, propose, approve, states, access, retrieval, callOf, passageId, document, db } = await start(t)
  const make = async () => {
    const proposed = await propose('user:hr', 'The board decided about Doe.')
    assert.ok(proposed.ok)
    const approved = await approve('user:eve', proposed.value.hash)
    assert.ok(approved.ok)
    await eventually(async () => assert.deepEqual(await found('user:ana', 'board'), ['The board decided about Doe.']))
  }
  await make()
  const withdrawn = await retrieval.withdrawDigest({ passageId }, callOf('user:eve'))
  assert.ok(withdrawn.ok)
  assert.deepEqual(await found('user:ana', 'board'), [])
  assert.deepEqual(await states(), [])
  await make()
  await access.define('open', { requires: [] })
  const labelled = await access.put(document.documentId, { labels: ['open'] })
  assert.deepEqual(await found('user:ana', 'board', { atLeast: labelled }), [])
  assert.deepEqual(await states(), ['lapsed by user:hr'])
  await access.put(document.documentId, { labels: [] })
  await eventually(async () => assert.deepEqual(await found('user:ana', 'board'), ['The board decided about Doe.']))
  await access.addRule({ pattern: 'doe', label: 'pay', kind: 'name' })
  await eventually(async () => assert.deepEqual(await states(), ['lapsed by user:hr']))
  await eventually(async () => {
    const rows = await db.selectFrom('passage_variants').select('view').where('view', '=', 'digest').execute()
    assert.deepEqual(rows, [])
  })
  assert.deepEqual(await found('user:ana', 'board'), [])
})
