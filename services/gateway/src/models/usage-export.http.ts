import { Readable } from 'node:stream'
import { type UsageItem, usageFilter, usageOperations } from '@tessera/shared/contracts/model-router/usage'
import type { App } from '@tessera/shared/http/create-app'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'
import { csvHead, csvOf } from './usage-csv.ts'

const { listUsage } = usageOperations

/** So many rows are asked for at once, and the next ones when the client has taken these. */
const rowsAtOnce = 200

const Query = Type.Object({
  ...usageFilter,
  format: Type.Optional(
    Type.Union([Type.Literal('ndjson'), Type.Literal('csv')], { description: 'Absent: `ndjson`, one request a line.' }),
  ),
})
type Query = Static<typeof Query>
type Item = Static<typeof UsageItem>

export function addUsageExport(app: App, edge: Edge): void {
  app.get(
    '/usage/export',
    {
      config: { scopes: ['models', 'ask'] },
      schema: {
        tags: ['models'],
        summary:
          'What was used, request by request, newest first, as a file: own requests, or all of them for an admin.',
        description: 'A failure on the way cuts the connection, so an export that ends well is whole.',
        querystring: Query,
        headers: readHeaders,
        response: {
          200: {
            description: 'One request a line.',
            content: { 'application/x-ndjson': { schema: Type.String() }, 'text/csv': { schema: Type.String() } },
          },
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      edge.atLeast(request)
      const { format = 'ndjson', ...filter } = request.query
      const pages = pagesOf(request, reply, edge, filter)
      // What is wrong from the start is a problem document: nothing has been sent then.
      const first = await pages.next()
      const rest = linesOf(first.done ? [] : first.value, pages, format)
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="usage.${format}"`)
        .header('x-accel-buffering', 'no')
        .send(Readable.from(rest, { objectMode: false }))
    },
  )
}

/** Throws what goes wrong. */
async function* pagesOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { clients, callOf }: Edge,
  filter: Omit<Query, 'format'>,
): AsyncGenerator<readonly Item[]> {
  let cursor: string | undefined
  do {
    const input = { ...filter, limit: rowsAtOnce, ...(cursor !== undefined && { cursor }) }
    const page = valueOf(
      await clients.models.listUsage(input, callOf(request, reply, { timeoutMs: listUsage.timeoutMs })),
    )
    yield page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

async function* linesOf(first: readonly Item[], rest: AsyncIterable<readonly Item[]>, format: 'ndjson' | 'csv') {
  const textOf = (items: readonly Item[]) =>
    format === 'csv' ? csvOf(items) : items.map((item) => `${JSON.stringify(item)}\n`).join('')
  if (format === 'csv') yield csvHead
  yield textOf(first)
  for await (const items of rest) yield textOf(items)
}
