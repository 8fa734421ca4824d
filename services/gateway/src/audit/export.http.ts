import { Readable } from 'node:stream'
import { auditOperations } from '@tessera/shared/contracts/access-control/audit'
import type { Result } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { exportLog } = auditOperations

/**
 * So many rows are asked for at once, and the next ones when the client has taken these: a client that reads slowly slows the export down, instead of
 * filling a stream on the bus until it is cut.
 */
const rowsAtOnce = 250

export function addAuditExport(app: App, edge: Edge): void {
  app.get(
    '/audit/export',
    {
      schema: {
        tags: ['audit'],
        summary: exportLog.summary,
        description:
          'Up to the newest row that stood when it began. A failure on the way cuts the connection, so an export that ends well is whole.',
        querystring: exportLog.input,
        headers: readHeaders,
        response: {
          200: { description: 'One event a line.', content: { 'application/x-ndjson': { schema: Type.String() } } },
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      edge.atLeast(request)
      const { fromSequence = 1, toSequence } = request.query
      const last = Math.min(toSequence ?? Infinity, await newestRow(request, reply, edge))
      const parts = partsOf(request, reply, edge, { first: fromSequence, last })
      // What is wrong from the start is a problem document: nothing has been sent then.
      const opening = await parts.next()
      return reply
        .type('application/x-ndjson')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(opening.done ? [] : continued(opening.value, parts), { objectMode: false }))
    },
  )
}

async function newestRow(request: FastifyRequest, reply: FastifyReply, { clients, callOf }: Edge): Promise<number> {
  const { items } = valueOf(await clients.access.listDecisions({ limit: 1 }, callOf(request, reply)))
  return items[0]?.sequence ?? 0
}

type Range = { first: number; last: number }

/** The lines of a range, part by part. Throws what goes wrong. */
async function* partsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { clients, callOf }: Edge,
  { first, last }: Range,
): AsyncGenerator<string> {
  for (let fromSequence = first; fromSequence <= last; fromSequence += rowsAtOnce) {
    const toSequence = Math.min(last, fromSequence + rowsAtOnce - 1)
    const call = callOf(request, reply, { timeoutMs: exportLog.timeoutMs })
    for await (const part of clients.access.exportLog({ fromSequence, toSequence }, call)) yield linesOf(part)
  }
}

function linesOf(part: Result<{ lines: string }>): string {
  return valueOf(part).lines
}

async function* continued(opening: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield opening
  yield* rest
}
