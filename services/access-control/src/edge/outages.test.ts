import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createDatabase } from '@tessera/shared/database/database'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, serveAccessControl, startAccessControl, value } from '../../test/start-access-control.ts'
import type { AccessTables } from '../database.ts'
import { migrateAccessControl } from '../migrations.ts'
import { isConnectionLost } from './connection-lost.ts'

async function startBehindProxy(t: TestContext) {
  const { url, schema } = await database(t, 'access')
  const server = new URL(url)
  const proxy = await tcpProxy(t, { host: server.hostname, port: Number(server.port || 5432) })
  server.hostname = '127.0.0.1'
  server.port = String(proxy.port)
  const db = createDatabase<AccessTables>({ url: server.href, schema })
  t.after(() => db.destroy())
  await migrateAccessControl(db, schema)
  return { proxy, ...(await serveAccessControl(t, db)) }
}

test('without its database access control answers unavailable, never an empty or an allowing answer, and recovers by itself', async (t) => {
  const access = await startBehindProxy(t)
  const workspace = await access.aWorkspace()
  const ask = () =>
    Promise.all([
      access.retrieval.checkPassages({ candidates: [], operation: 'search' }, workspace.asAdmin()),
      access.agents.checkReadSets({ items: [] }, workspace.asAdmin()),
      access.retrieval.readerFilter({}, workspace.asAdmin()),
      access.gateway.createGroup({ title: 'Group' }, workspace.asAdmin()),
      access.gateway.getMe({}, workspace.asAdmin()),
      access.gateway.listProviders({}, access.callFor('', 'system:gateway')),
    ])
  const codes = async () => (await ask()).map(codeOf)
  assert.deepEqual(await access.service.notReady(), [])
  access.proxy.cut()
  const cut = await codes()
  assert.deepEqual(
    cut,
    cut.map(() => 'access.unavailable'),
  )
  assert.deepEqual(await access.service.notReady(), ['database'])
  access.proxy.restore()
  await eventually(async () => (await codes()).every((code) => code === undefined))
})

test('a decision that cannot be logged is not answered', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const { aUser, aSpace, aDataSource, write, readable } = contentOf(access, workspace)
  const ana = await aUser()
  const document = await write(await aDataSource(await aSpace(ana)), { allow: [ana] })
  const check = () => access.retrieval.checkPassages({ candidates: [], operation: 'search' }, workspace.as(ana))
  const open = () => access.agents.checkReadSets({ items: [] }, workspace.as(ana))
  const bothFail = async () =>
    assert.deepEqual([codeOf(await check()), codeOf(await open())], ['audit.unavailable', 'audit.unavailable'])

  await t.test('when its row is refused', async () => {
    await sql`alter table log_rows add constraint full_disk check (false) not valid`.execute(access.db)
    await bothFail()
    await sql`alter table log_rows drop constraint full_disk`.execute(access.db)
  })

  await t.test('when its commit fails', async () => {
    await sql
      .raw(`create function no_commit() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`)
      .execute(access.db)
    await sql`create constraint trigger no_commit after insert on log_rows deferrable initially deferred
      for each row execute function no_commit()`.execute(access.db)
    await bothFail()
    await sql`drop trigger no_commit on log_rows`.execute(access.db)
  })

  assert.deepEqual(await readable(ana, [document]), [document.documentId])
  value(await check())
})

test('what says that the database is away is told from a bug', () => {
  const withCode = (code: string) => Object.assign(new Error('x'), { code })
  const lost = [
    withCode('ECONNREFUSED'),
    withCode('57P01'),
    withCode('08006'),
    withCode('53300'),
    new Error('Connection terminated unexpectedly'),
    new AggregateError([withCode('ECONNREFUSED')]),
    new Error('outer', { cause: withCode('ECONNRESET') }),
  ]
  assert.deepEqual(
    lost.map(isConnectionLost),
    lost.map(() => true),
  )
  const bugs = [withCode('23505'), withCode('42P01'), new TypeError('x is not a function'), 'a text', undefined]
  assert.deepEqual(
    bugs.map(isConnectionLost),
    bugs.map(() => false),
  )
})
