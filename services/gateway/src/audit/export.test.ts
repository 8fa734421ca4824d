import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { accessFaults, auditFaults } from '@tessera/shared/contracts/access-control/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const row = (sequence: number) => ({
  sequence,
  id: newId('dec'),
  at: '2026-01-01T00:00:00Z',
  kind: 'passages',
  revision: 3,
  policyVersion: 0,
  body: { revision: 3 },
  previousHash: 'a',
  rowHash: 'b',
})

/** A gateway before a log of so many rows, each a line of about a kilobyte; `brokenAt` can't be read. */
async function withLog(t: TestContext, { rows, brokenAt = Infinity }: { rows: number; brokenAt?: number }) {
  const asked: { fromSequence?: number; toSequence?: number }[] = []
  const started = await startGateway(t, {
    access: {
      listDecisions: async () => ok({ items: rows > 0 ? [row(rows)] : [], names: {}, revision: 3 }),
      exportLog: async function* (range) {
        asked.push(range)
        const { fromSequence = 1, toSequence = rows } = range
        for (let n = fromSequence; n <= toSequence; n++) {
          if (n === brokenAt) return yield fail(auditFaults.fault('unavailable', 'The log cannot be read.'))
          yield ok({ lines: `${JSON.stringify({ n, padding: 'x'.repeat(1000) })}\n` })
        }
      },
    },
  })
  const bearer = await started.token()
  return { asked, get: (path: string) => started.ask('GET', path, { token: bearer }) }
}

test('the whole log comes as lines, in order, or a range of it', async (t) => {
  const { get } = await withLog(t, { rows: 700 })
  const response = await get('/v1/audit/export')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
  const numbers = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { n: number }).n)
  assert.deepEqual(
    numbers(await response.text()),
    Array.from({ length: 700 }, (_, n) => n + 1),
  )
  assert.deepEqual(numbers(await (await get('/v1/audit/export?fromSequence=7&toSequence=9')).text()), [7, 8, 9])
  assert.equal(await (await get('/v1/audit/export?fromSequence=701')).text(), '')
})

test('an empty log is an empty export', async (t) => {
  const { get } = await withLog(t, { rows: 0 })
  const response = await get('/v1/audit/export')
  assert.deepEqual([response.status, await response.text()], [200, ''])
})

test('a failure on the way cuts the connection, so that a part is not taken for the whole', async (t) => {
  const { get } = await withLog(t, { rows: 700, brokenAt: 600 })
  const response = await get('/v1/audit/export')
  assert.equal(response.status, 200)
  await assert.rejects(response.text())
})

test('a failure before the first line is a problem', async (t) => {
  const { get } = await withLog(t, { rows: 700, brokenAt: 1 })
  const response = await get('/v1/audit/export')
  assert.equal(response.status, 503)
  assert.equal((await problemIn(response)).code, 'audit.unavailable')
})

test('a client that reads slowly slows the export down instead of breaking it', async (t) => {
  const rows = 12_000
  const { get, asked } = await withLog(t, { rows })
  const response = await get('/v1/audit/export')
  let before = -1
  while (before !== asked.length) {
    before = asked.length
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.ok(asked.length < rows / 250, `${asked.length} ranges were asked for while nothing was read`)
  const text = await response.text()
  assert.equal(text.trimEnd().split('\n').length, rows)
})

test('decisions and changes show their revision as a token that asks about then', async (t) => {
  const asked: unknown[] = []
  const { ask, token } = await startGateway(t, {
    access: {
      listDecisions: async () => ok({ items: [row(1)], names: {}, revision: 3 }),
      listChanges: async () =>
        ok({
          items: [{ revision: 3, at: '2026-01-01T00:00:00Z', operation: 'createGroup', subject: 'user:a', actors: [] }],
          revision: 3,
        }),
      getDocumentAccess: async (input) => {
        asked.push(input)
        return fail(accessFaults.fault('not-found', 'No.'))
      },
    },
  })
  const bearer = await token()
  const documentId = newId('doc')
  for (const path of ['/v1/audit/decisions', '/v1/access/changes']) {
    const listed = (await (await ask('GET', path, { token: bearer })).json()) as { items: { revision: string }[] }
    const at = listed.items[0]?.revision
    assert.equal((await ask('GET', `/v1/documents/${documentId}/access?at=${at}`, { token: bearer })).status, 404)
  }
  assert.deepEqual(asked, [
    { documentId, atRevision: 3 },
    { documentId, atRevision: 3 },
  ])
})
