import { Client } from 'pg'
import { randomName } from './random-name.ts'
import { sharedServer } from './shared-server.ts'
import type { TestScope } from './test-scope.ts'

/** A schema of its own in the shared PostgreSQL. The URL has no search path: whoever connects names the schema. */
export type TestDatabase = { url: string; schema: string }

/** Creates a schema `<name>_<random>` and drops it with the test. Call it again for another schema on the same server. */
export async function database(t: TestScope, name = 'test'): Promise<TestDatabase> {
  const url = await sharedServer('postgres')
  const schema = randomName(name)
  await execute(url, [`create schema "${schema}"`])
  // A test that leaves a transaction open shall fail here with a reason instead of hanging.
  t.after(() => execute(url, [`set lock_timeout = '15s'`, `drop schema if exists "${schema}" cascade`]))
  return { url, schema }
}

async function execute(url: string, statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
