import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../test/start-gateway.ts'
import { openapiDocument } from './openapi-document.ts'

type Operation = { summary?: string; responses: Record<string, unknown>; security?: unknown }
type Document = { openapi: string; paths: Record<string, Record<string, Operation>> }

test('every operation has a summary, its problems, and is under /v1', async () => {
  const { openapi, paths } = JSON.parse(await openapiDocument()) as Document
  assert.equal(openapi, '3.1.0')
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { summary, responses }] of Object.entries(methods)) {
      assert.ok(path.startsWith('/v1/'), path)
      assert.ok(summary, `${method} ${path}`)
      assert.ok('401' in responses && '429' in responses && '503' in responses, `${method} ${path}`)
    }
})

test('the documentation is a page that anybody may read', async (t) => {
  const { ask } = await startGateway(t)
  const page = await ask('GET', '/docs/')
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  const document = await ask('GET', '/docs/json')
  assert.equal(((await document.json()) as Document).openapi, '3.1.0')
})
