import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { importOperations } from '@tessera/shared/contracts/access-control/import'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

type Lines = Static<typeof importOperations.importFacts.input>['lines']
type Report = {
  lines: number
  written: number
  unchanged: number
  batches: { written: number; refused: number }
  errors: { line: number; field: string; rule: string }[]
  truncated: boolean
}

const space = (n: number) => JSON.stringify({ type: 'space', name: `space:spc_${n}`, title: `Space ${n}` })

/** A gateway before an access-control that refuses what isn't an object, and whoever `only` is not. */
async function withImport(t: TestContext, accept: (lines: Lines) => Promise<void> = async () => undefined) {
  const batches: Lines[] = []
  let revision = 10
  const started = await startGateway(t, {
    access: {
      importFacts: async ({ lines }) => {
        await accept(lines)
        batches.push(lines)
        const errors = lines.flatMap(({ number, line }) =>
          typeof line === 'object' && line !== null ? [] : [{ number, field: '', rule: 'must be a fact' }],
        )
        if (errors.length > 0) return ok({ written: 0, unchanged: 0, errors, revision })
        return ok({ written: lines.length, unchanged: 0, errors, revision: ++revision })
      },
    },
  })
  const bearer = await started.token()
  const send = (body: NonNullable<RequestInit['body']>, signal?: AbortSignal) =>
    fetch(`${started.url}/v1/access/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/x-ndjson' },
      body,
      duplex: 'half',
      ...(signal && { signal }),
    })
  return { ...started, bearer, batches, send }
}

test('lines are written in batches of a thousand, and the report counts them', async (t) => {
  const { send, batches } = await withImport(t)
  const lines = Array.from({ length: 2500 }, (_, n) => space(n))
  const response = await send(`\r\n${lines.join('\n')}\n\n  \n`)
  assert.equal(response.status, 200)
  assert.ok(response.headers.get('tessera-revision'))
  assert.deepEqual(await response.json(), {
    lines: 2500,
    written: 2500,
    unchanged: 0,
    batches: { written: 3, refused: 0 },
    errors: [],
    truncated: false,
  })
  assert.deepEqual(
    batches.map((batch) => [batch.length, batch[0]?.number]),
    [
      [1000, 2],
      [1000, 1002],
      [500, 2002],
    ],
  )
})

test('a batch holds a megabyte at most', async (t) => {
  const { send, batches } = await withImport(t)
  const line = JSON.stringify({ type: 'space', name: 'space:spc_a', title: 'a'.repeat(300_000) })
  assert.equal((await send([line, line, line, line, line].join('\n'))).status, 200)
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [3, 2],
  )
})

test('lines that cannot be read are told by number and rule, with all others of their batch, which is not written', async (t) => {
  const { send, batches } = await withImport(t)
  const tooDeep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const bytes = Buffer.concat([
    Buffer.from(`${space(1)}\n{"type":\n`),
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    Buffer.from(`7\n${tooDeep}\n${space(2)}`),
  ])
  const report = (await (await send(bytes)).json()) as Report
  assert.deepEqual(report, {
    lines: 6,
    written: 0,
    unchanged: 0,
    batches: { written: 0, refused: 1 },
    errors: [
      { line: 2, field: '', rule: 'must be valid JSON' },
      { line: 3, field: '', rule: 'must be UTF-8' },
      { line: 4, field: '', rule: 'must be a fact' },
      { line: 5, field: '', rule: 'must nest at most 8 deep' },
    ],
    truncated: false,
  })
  assert.equal(batches.length, 1)
})

test('a line of ten megabytes is told by its number and not kept; the lines around it are read', async (t) => {
  const { send, batches } = await withImport(t)
  const part = Buffer.alloc(64 * 1024, 'a')
  async function* body() {
    yield Buffer.from(`${space(1)}\n"`)
    for (let n = 0; n < 160; n++) yield part
    yield Buffer.from(`"\n${space(3)}\n`)
  }
  const report = (await (await send(ReadableStream.from(body()))).json()) as Report
  assert.deepEqual(report.errors, [{ line: 2, field: '', rule: 'must be at most 1048576 bytes' }])
  assert.deepEqual(report.batches, { written: 0, refused: 1 })
  assert.deepEqual(
    batches[0]?.map(({ number }) => number),
    [1, 2, 3],
  )
})

test('only the first thousand errors are shown, and the report says so', async (t) => {
  const { send } = await withImport(t)
  const report = (await (await send('nonsense\n'.repeat(2300))).json()) as Report
  assert.deepEqual([report.lines, report.errors.length, report.truncated], [2300, 1000, true])
  assert.deepEqual(report.batches, { written: 0, refused: 3 })
})

test('the body is read no faster than batches are written', async (t) => {
  const hold = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const { send } = await withImport(t, async () => {
    reached.resolve()
    await hold.promise
  })
  let sent = 0
  const chunks = 60
  const text = Buffer.from(`${JSON.stringify({ title: 'a'.repeat(500_000) })}\n`)
  const enough = Promise.withResolvers<void>()
  async function* body() {
    for (let n = 0; n < chunks; n++) {
      sent += text.length
      yield text
    }
    enough.resolve()
  }
  const answered = send(ReadableStream.from(body()))
  await reached.promise
  // Sockets take some megabytes by themselves: it stands still before the end is sent.
  let before = -1
  while (before !== sent) {
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.ok(sent < chunks * text.length, `${sent} bytes were taken while nothing was written`)
  hold.resolve()
  await enough.promise
  assert.equal(((await (await answered).json()) as Report).written, chunks)
})

test('a client that leaves stops it: the batch that it had begun is not written', async (t) => {
  const { send, batches } = await withImport(t)
  const leaving = new AbortController()
  const first = Promise.withResolvers<void>()
  async function* body() {
    yield Buffer.from(`${Array.from({ length: 1001 }, (_, n) => space(n)).join('\n')}\n`)
    while (batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    first.resolve()
    await new Promise(() => undefined)
  }
  const answered = assert.rejects(send(ReadableStream.from(body()), leaving.signal))
  await first.promise
  leaving.abort()
  await answered
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [1000],
  )
})

test('what stops an import says how far it came', async (t) => {
  let batches = 0
  const started = await startGateway(t, {
    access: {
      importFacts: async ({ lines }) =>
        ++batches === 2
          ? fail(accessFaults.fault('forbidden', 'Admins only.'))
          : ok({ written: lines.length, unchanged: 0, errors: [], revision: 5 }),
    },
  })
  const response = await fetch(`${started.url}/v1/access/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await started.token()}`, 'content-type': 'application/x-ndjson' },
    body: `${space(1)}\n`.repeat(1500),
  })
  assert.equal(response.status, 403)
  assert.ok(response.headers.get('tessera-revision'), 'what was written stays written')
  const problem = await problemIn(response)
  assert.deepEqual(
    [problem.code, problem.meta],
    ['access.forbidden', { line: 1001, linesWritten: 1000, batchesWritten: 1 }],
  )
})

test('another media type is 415 and says which one; an empty body imports nothing', async (t) => {
  const { ask, bearer, send, batches } = await withImport(t)
  const refused = await ask('POST', '/v1/access/import', { token: bearer, body: { type: 'space' } })
  assert.equal(refused.status, 415)
  assert.match((await problemIn(refused)).detail, /x-ndjson/)
  const empty = await send('')
  assert.deepEqual([empty.status, ((await empty.json()) as Report).lines, batches.length], [200, 0, 0])
})
