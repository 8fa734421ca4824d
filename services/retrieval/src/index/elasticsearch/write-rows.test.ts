import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { search } from '@tessera/testkit/search'
import type { TestScope } from '@tessera/testkit/test-scope'
import { type IndexRow, IndexUnavailable } from '../search-index.ts'
import { createElasticsearchIndex } from './elasticsearch-index.ts'

const row = (at: number): IndexRow => ({
  ...{ passageId: `p${at}`, documentId: 'd', dataSourceId: 's', contentVersion: 'v', view: 'full', hash: 'h' },
  ...{ title: 'x', headings: [], text: 'vacation', authors: [] },
  ...{ allow: ['public'], deny: [], denyAgents: [], pairs: ['s/full'], space: 'space:1', revision: 1 },
})
const overloaded = { type: 'es_rejected_execution_exception', reason: 'rejected execution: queue capacity reached' }

/** The real server behind one that has room for so many operations of a bulk request, the first ones, and rejects the others as an overloaded server does. */
async function crowded(t: TestScope, url: string, room: (request: number) => number) {
  const sizes: number[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    const forward = (text: string) =>
      fetch(`${url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          'content-type': request.headers['content-type'] ?? 'application/json',
          accept: request.headers.accept ?? 'application/json',
        },
        ...(text === '' ? {} : { body: text }),
      })
    const send = async (answer: Response, text: string) => {
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        'x-elastic-product': 'Elasticsearch',
      })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    if (!request.url?.includes('_bulk')) {
      const answer = await forward(body)
      return send(answer, await answer.text())
    }
    const lines = body.trimEnd().split('\n')
    const taken = Math.min(room(sizes.length), lines.length / 2)
    sizes.push(lines.length / 2)
    const rejected = Array.from({ length: lines.length / 2 - taken }, () => ({
      index: { status: 429, error: overloaded },
    }))
    if (taken === 0) return send(new Response(), JSON.stringify({ took: 1, errors: true, items: rejected }))
    const answer = await forward(`${lines.slice(0, taken * 2).join('\n')}\n`)
    const { items } = (await answer.json()) as { items: object[] }
    return send(answer, JSON.stringify({ took: 1, errors: rejected.length > 0, items: [...items, ...rejected] }))
  }
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sizes }
}

test('what an overloaded server has no room for is sent again, by itself, until it is in', async (t) => {
  const { url, prefix } = await search(t)
  const proxy = await crowded(t, url, (request) => [6, 0, 3][request] ?? 100)
  const index = createElasticsearchIndex({ url: proxy.url, prefix })
  t.after(() => index.close())
  const workspaceId = newId('wsp')
  await index.make(workspaceId, 'live', undefined)
  assert.deepEqual(
    await index.put(
      workspaceId,
      Array.from({ length: 10 }, (_, at) => row(at)),
    ),
    [],
  )
  await index.refresh(workspaceId)
  assert.equal(await index.count(workspaceId), 10)
  assert.deepEqual(proxy.sizes, [10, 4, 4, 1])
})

test('a server that never has room is an outage, after some patience', async (t) => {
  const { url, prefix } = await search(t)
  const proxy = await crowded(t, url, () => 0)
  const index = createElasticsearchIndex({ url: proxy.url, prefix, patienceMs: 500 })
  t.after(() => index.close())
  const workspaceId = newId('wsp')
  await index.make(workspaceId, 'live', undefined)
  await assert.rejects(index.put(workspaceId, [row(1)]), (error) => {
    assert.ok(error instanceof IndexUnavailable)
    assert.match(error.message, /rejected execution/)
    return true
  })
  assert.ok(proxy.sizes.length > 2)
})
