import type { Readable } from 'node:stream'
import { importOperations } from '@tessera/shared/contracts/access-control/import'
import { ok } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { publicFault } from '../edge/public-fault.ts'
import { revisionHeader } from '../edge/revision-token.ts'
import { writeProblems } from '../edge/route-schema.ts'
import { type Line, linesOf } from './import-lines.ts'
import { type BatchOutcome, createImportReport, ImportReport } from './import-report.ts'

const { importFacts } = importOperations
const mediaType = 'application/x-ndjson'
const batchLines = 1000
const batchBytes = 1024 * 1024

/** Reads its body as it comes, so it has parsers of its own: for a part of the routes by itself. */
export async function addImport(app: App, edge: Edge): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(mediaType, (_request, body, done) => done(null, body))
  app.addContentTypeParser('*', (_request, _body, done) =>
    done(new FaultError(httpFaults.fault('unsupported-media-type', `The body must be \`${mediaType}\`.`))),
  )
  app.post(
    '/access/import',
    {
      bodyLimit: Number.MAX_SAFE_INTEGER,
      config: { repeatable: true },
      schema: {
        tags: ['access'],
        summary: 'Imports principals, memberships, labels, spaces, documents and agents, one a line.',
        description: `Lines of up to 1 MB, any number of them, written in batches of up to ${batchLines} lines: a batch is written whole, or, if one of its lines is bad, not at all. What is written stays, also when a later batch is refused or the connection breaks. To repeat it changes nothing.`,
        body: { content: { [mediaType]: { schema: Type.Unknown({ description: 'NDJSON.' }) } } },
        response: { 200: ImportReport, ...writeProblems },
      },
    },
    async (request, reply) => {
      const { report, add } = createImportReport()
      let revision: number | undefined
      for await (const batch of batchesOf(unbroken(request.body as Readable))) {
        const written = await write(batch, request, reply, edge)
        if (!written.ok) {
          if (revision !== undefined) reply.header(revisionHeader, edge.revisionToken(request, revision))
          throw new FaultError(stoppedAt(publicFault(written.fault), batch, report))
        }
        add(written.value)
        revision = written.value.revision
      }
      return edge.answer(request, reply, ok({ ...report, ...(revision !== undefined && { revision }) }))
    },
  )
}

/** The chunks of a body; one that breaks off is no failure of ours. What came of its last batch is not written. */
async function* unbroken(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch {
    throw new FaultError(httpFaults.fault('invalid-request', 'The body broke off.'))
  }
}

async function* batchesOf(body: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = []
  let sizeBytes = 0
  for await (const line of linesOf(body)) {
    if (batch.length === batchLines || (batch.length > 0 && sizeBytes + line.sizeBytes > batchBytes)) {
      yield batch
      batch = []
      sizeBytes = 0
    }
    batch.push(line)
    sizeBytes += line.sizeBytes
  }
  if (batch.length > 0) yield batch
}

/** Lines that can't be read go along as nothing, which is no fact: so the batch is refused, and its other bad lines are told as well. */
async function write(batch: readonly Line[], request: FastifyRequest, reply: FastifyReply, edge: Edge) {
  const unreadable = batch.flatMap(({ number, content }) =>
    'rule' in content ? [{ number, field: '', rule: content.rule }] : [],
  )
  const numbers = new Set(unreadable.map(({ number }) => number))
  const lines = batch.map(({ number, content }) => ({ number, line: 'value' in content ? content.value : null }))
  const call = edge.callOf(request, reply, { timeoutMs: importFacts.timeoutMs })
  const answered = await edge.clients.access.importFacts({ lines }, call)
  if (!answered.ok) return answered
  const { written, unchanged, revision } = answered.value
  const others = answered.value.errors.filter(({ number }) => !numbers.has(number))
  const errors = [...unreadable, ...others].toSorted((a, b) => a.number - b.number)
  const outcome: BatchOutcome & { revision: number } = { lines: batch.length, written, unchanged, errors, revision }
  return ok(outcome)
}

/** The same fault, with how far it came: what was written by then stays written. */
const stoppedAt = (
  fault: ReturnType<typeof publicFault>,
  [first]: readonly Line[],
  { written, batches }: { written: number; batches: { written: number } },
) => ({
  ...fault,
  meta: { ...fault.meta, line: first?.number ?? 0, linesWritten: written, batchesWritten: batches.written },
})
