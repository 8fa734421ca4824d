import assert from 'node:assert/strict'
import test from 'node:test'
import { Client } from 'pg'
import { database } from './database.ts'

async function schemas(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ nspname: string }>('select nspname from pg_namespace')
  await client.end()
  return rows.map((row) => row.nspname)
}

test('two tests get two schemas on one server, and each is dropped with its test, with what is in it', async (t) => {
  const kept = await database(t, 'access')
  let dropped = ''
  await t.test('inner', async (inner) => {
    const { url, schema } = await database(inner, 'access')
    dropped = schema
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(`create table "${schema}".row (id int)`)
    await client.end()
    assert.notEqual(schema, kept.schema)
    assert.match(schema, /^access_[0-9a-f]{10}$/)
  })
  const existing = await schemas(kept.url)
  assert.ok(existing.includes(kept.schema))
  assert.ok(!existing.includes(dropped))
})
