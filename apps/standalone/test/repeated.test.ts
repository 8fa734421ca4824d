import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requests } from './route-matrix.table.ts'
import { type MatrixWorld, matrixWorld } from './route-matrix.world.ts'

type Operation = { parameters?: { in: string; name: string }[]; responses: Record<string, unknown> }
type Document = { paths: Record<string, { post?: Operation }> }

test('what makes something new makes it once for each Idempotency-Key', async (t) => {
  const world = await matrixWorld(t)
  const { paths } = (await (await fetch(`${world.url}/docs/json`)).json()) as Document
  const making = Object.entries(paths).flatMap(([path, { post }]) => (post && makesOnce(post) ? [`POST ${path}`] : []))
  assert.ok(making.length >= 11, making.join(', '))

  for (const route of making)
    await t.test(route, async () => {
      const made = await requests[route]?.(world)
      const { path = route.slice('POST '.length), body } =
        typeof made === 'function' ? await made('admin') : { ...made }
      const ask = (key: string, changes = {}) => post(world, { path, key, body: { ...(body as object), ...changes } })
      const [first, meanwhile] = await Promise.all([ask('one'), ask('one')])
      const again = await ask('one')
      assert.equal(again.status, 201)
      const answered = [first, meanwhile].filter(({ status }) => status === 201)
      assert.ok(answered.length > 0, JSON.stringify(first))
      for (const answer of answered) assert.deepEqual(answer, again)
      assert.equal((await ask('one', otherThan(body))).status, 409)
      const another = await ask('two', otherThan(body))
      assert.equal(another.status, 201)
      assert.notDeepEqual(another.body, again.body)
    })

  await t.test('a key is of who sent it, and of one operation', async () => {
    const path = '/v1/conversations'
    const body = { agent: 'helper', title: 'Leave' }
    const [mine, theirs] = [
      await post(world, { path, key: 'mine', body }),
      await post(world, { path, key: 'mine', body, as: 'member' }),
    ]
    assert.deepEqual([mine.status, theirs.status], [201, 201])
    assert.notDeepEqual(mine.body, theirs.body)
    assert.equal((await post(world, { path: '/v1/groups', key: 'mine', body: { title: 'Leave' } })).status, 201)
  })

  await t.test('who may no longer make it is refused the answer as well', async () => {
    const asked = { path: '/v1/groups', key: 'before', body: { title: 'Planning' }, as: 'auditor' } as const
    await world.admin.send('PATCH', `/v1/users/${world.people.auditor}`, { roles: ['admin', 'auditor', 'member'] })
    assert.equal((await post(world, asked)).status, 201)
    await world.admin.send('PATCH', `/v1/users/${world.people.auditor}`, { roles: ['auditor', 'member'] })
    assert.equal((await post(world, asked)).status, 403)
  })
})

const makesOnce = ({ parameters = [], responses }: Operation) =>
  '201' in responses && parameters.some(({ in: place, name }) => place === 'header' && name === 'idempotency-key')

/** Another request of the same kind. */
function otherThan(body: unknown) {
  const text = ['displayName', 'title', 'instructions'].find((field) => field in Object(body)) ?? 'title'
  return { ...('handle' in Object(body) && { handle: 'another' }), [text]: 'Another' }
}

type Posted = { path: string; key: string; body: unknown; as?: 'admin' | 'member' | 'auditor' }

async function post({ url, credentials }: MatrixWorld, { path, key, body, as = 'admin' }: Posted) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${credentials[as]}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    revision: response.headers.get('tessera-revision'),
    body: await response.json(),
  }
}
