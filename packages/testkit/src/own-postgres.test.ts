import assert from 'node:assert/strict'
import test from 'node:test'
import { Client } from 'pg'
import { ownPostgres } from './own-postgres.ts'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

test('after a kill with an open transaction the restarted server has what was committed, and only that', async (t) => {
  const server = await ownPostgres(t)
  await query(server.url, 'create table kept (id int); insert into kept values (1)')
  const open = new Client({ connectionString: server.url })
  open.on('error', () => undefined)
  await open.connect()
  await open.query('begin; insert into kept values (2)')
  await server.kill()
  await assert.rejects(query(server.url, 'select 1'))
  await server.restart()
  assert.deepEqual(await query(server.url, 'select id from kept'), [{ id: 1 }])
})

test('a durable server runs with the settings of production', async (t) => {
  const server = await ownPostgres(t, { durable: true })
  assert.deepEqual(await query(server.url, 'show fsync'), [{ fsync: 'on' }])
  assert.deepEqual(await query(server.url, 'show synchronous_commit'), [{ synchronous_commit: 'on' }])
})
