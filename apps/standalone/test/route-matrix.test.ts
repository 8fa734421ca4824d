import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, requests, table } from './route-matrix.table.ts'
import { type CallerName, callers, type MatrixWorld, matrixWorld } from './route-matrix.world.ts'

type Document = { paths: Record<string, Record<string, unknown>> }

test('every route answers everybody what the table says', async (t) => {
  const world = await matrixWorld(t)
  const document = (await (await fetch(`${world.url}/docs/json`)).json()) as Document
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )

  await t.test('the table lists every route of the OpenAPI document, and no other', () => {
    assert.deepEqual(Object.keys(table).toSorted(), routes.toSorted())
    assert.deepEqual(Object.keys(requests).toSorted(), routes.toSorted())
  })

  for (const [route, row] of Object.entries(table))
    await t.test(route, async () => {
      const expected = new Map(row.split(/\s+/).map((status, column) => [callers[column], Number(status)]))
      const asked = await requests[route]?.(world)
      assert.ok(asked && expected.size === callers.length)
      const askedBy = typeof asked === 'function' ? asked : () => asked
      assert.deepEqual(await statusesOf(world, route, askedBy, expected), Object.fromEntries(expected))
    })
})

/** Who is refused comes first, all at once: they change nothing. Then the others, one after the other. */
async function statusesOf(
  world: MatrixWorld,
  route: string,
  askedBy: (caller: CallerName) => Asked | Promise<Asked>,
  expected: ReadonlyMap<CallerName | undefined, number>,
) {
  const ask = async (caller: CallerName) =>
    [caller, await statusOf(world, route, await askedBy(caller), caller)] as const
  const succeeds = (caller: CallerName) => (expected.get(caller) ?? 0) < 400
  const statuses = new Map(await Promise.all(callers.filter((caller) => !succeeds(caller)).map(ask)))
  for (const caller of callers.filter(succeeds)) statuses.set(...(await ask(caller)))
  return Object.fromEntries(callers.map((caller) => [caller, statuses.get(caller)]))
}

async function statusOf({ url, credentials }: MatrixWorld, route: string, asked: Asked, caller: CallerName) {
  const [method = '', template = ''] = route.split(' ')
  const credential = credentials[caller]
  const { path = template, body, text = body === undefined ? undefined : json(body) } = asked
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...(text && { 'content-type': text.type }),
    },
    ...(text && { body: text.body }),
  })
  await response.body?.cancel()
  return response.status
}

const json = (body: unknown) => ({ type: 'application/json', body: JSON.stringify(body) })
