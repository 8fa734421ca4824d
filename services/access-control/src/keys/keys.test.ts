import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { sql } from 'kysely'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

test('API keys', async (t) => {
  const access = await startAccessControl(t)
  const { gateway } = access
  const workspace = await access.aWorkspace()
  const { aUser, aSpace, aDataSource } = contentOf(access, workspace)
  const identifyKey = (secret: string) =>
    gateway.identifyKey({ secretHash: hashOf(secret) }, access.callFor('', 'system:gateway'))
  const aKey = async (principal: string, expiresAt?: string) =>
    value(
      await gateway.createKey(
        { title: 'Key', principal, scopes: ['ask', 'search'], ...(expiresAt ? { expiresAt } : {}) },
        workspace.asAdmin(),
      ),
    )

  await t.test('a secret is told once, kept as its hash, and identifies until it is revoked', async () => {
    const principal = await aUser()
    const { key, secret } = await aKey(principal)
    assert.match(secret, /^tsk_[\w-]{43}$/)
    assert.ok(secret.startsWith(key.prefix))
    const { revision, ...found } = value(await identifyKey(secret))
    assert.ok(Number.isInteger(revision))
    assert.deepEqual(found, {
      workspaceId: workspace.workspaceId,
      keyId: key.id,
      principal,
      scopes: ['ask', 'search'],
      purposes: [],
    })
    const rows = await sql`select k::text as row from api_keys k`.execute(access.db)
    assert.ok(!JSON.stringify(rows.rows).includes(secret.slice(key.prefix.length)))
    await eventually(async () => {
      const { items } = value(await gateway.listKeys({}, workspace.asAdmin()))
      assert.ok(items.find(({ id }) => id === key.id)?.lastUsedAt)
    })
    value(await gateway.revokeKey({ id: key.id }, workspace.asAdmin()))
    assert.equal(codeOf(await identifyKey(secret)), 'access.unknown-key')
    value(await gateway.revokeKey({ id: key.id }, workspace.asAdmin()))
  })

  await t.test('an expired key is as good as none, by the clock of the database', async () => {
    const { key, secret } = await aKey(await aUser(), new Date(Date.now() + 3_600_000).toISOString())
    value(await identifyKey(secret))
    await sql`update api_keys set expires_at = clock_timestamp() - interval '1 second' where id = ${key.id}`.execute(
      access.db,
    )
    assert.equal(codeOf(await identifyKey(secret)), 'access.unknown-key')
    const past = {
      title: 'Old',
      principal: workspace.admin,
      scopes: ['ask' as const],
      expiresAt: '2020-01-01T00:00:00Z',
    }
    assert.equal(codeOf(await gateway.createKey(past, workspace.asAdmin())), 'access.invalid')
  })

  await t.test('the key of a deactivated principal opens nothing', async () => {
    const principal = await aUser()
    const { secret } = await aKey(principal)
    value(await gateway.updateUser({ name: principal, state: 'deactivated' }, workspace.asAdmin()))
    assert.equal(codeOf(await identifyKey(secret)), 'access.deactivated')
  })

  await t.test('a key that may push is bound to one data source of this workspace, and no other key is', async () => {
    const dataSourceId = await aDataSource(await aSpace())
    const create = (fields: { scopes: ('push' | 'ask')[]; dataSourceId?: string }) =>
      gateway.createKey({ title: 'Push', principal: workspace.admin, ...fields }, workspace.asAdmin())
    assert.equal(codeOf(await create({ scopes: ['push'] })), 'access.invalid')
    assert.equal(codeOf(await create({ scopes: ['ask'], dataSourceId })), 'access.invalid')
    const other = await access.aWorkspace()
    const foreign = contentOf(access, other)
    const elsewhere = await foreign.aDataSource(await foreign.aSpace())
    assert.equal(codeOf(await create({ scopes: ['push'], dataSourceId: elsewhere })), 'access.not-found')
    const { secret } = value(await create({ scopes: ['push'], dataSourceId }))
    assert.equal(value(await identifyKey(secret)).dataSourceId, dataSourceId)
  })

  await t.test('a key of another workspace is not found', async () => {
    const { key } = await aKey(await aUser())
    const other = await access.aWorkspace()
    assert.equal(codeOf(await gateway.revokeKey({ id: key.id }, other.asAdmin())), 'access.not-found')
  })
})
