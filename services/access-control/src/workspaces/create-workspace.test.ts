import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'
import { createWorkspace } from './create-workspace.ts'

const run = promisify(execFile)
const script = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

test('a workspace is made once per identity provider, with one admin, even by two commands at once', async (t) => {
  const { db, gateway, callFor } = await startAccessControl(t)
  const provider = {
    issuer: `https://issuer.example/${randomUUID()}`,
    audience: 'tessera',
    jwksUrl: 'https://issuer.example/keys',
  }
  const make = (subject: string) =>
    createWorkspace(db, { title: 'Acme', provider, admin: { subject }, twoAdmins: false })
  const made = await Promise.all([make('ana'), make('eve')])
  const [workspace] = made.filter((result) => result.ok)
  assert.deepEqual(made.filter((result) => !result.ok).map(codeOf), ['access.conflict'])
  assert.equal(codeOf(await make('mallory')), 'access.conflict')
  const { workspaceId, admin } = value(workspace ?? made[0])
  const { principal } = value(
    await gateway.identify(
      { issuer: provider.issuer, audience: provider.audience, subject: made[0].ok ? 'ana' : 'eve' },
      callFor('', 'system:gateway'),
    ),
  )
  assert.partialDeepStrictEqual(principal, { name: admin, state: 'active', roles: ['admin', 'member'] })
  const { providers } = value(await gateway.listProviders({}, callFor('', 'system:gateway')))
  assert.deepEqual(providers, [{ ...provider, workspaceId }])
  assert.equal((await db.selectFrom('workspaces').select('id').execute()).length, 1)
  value(await gateway.checkRole({ anyOf: ['admin'] }, callFor(workspaceId, admin)))
})

test('a provider has its keys by address or inline, and not both', async (t) => {
  const { db } = await startAccessControl(t)
  const make = (keys: object) =>
    createWorkspace(db, {
      title: 'Acme',
      provider: { issuer: 'i', audience: 'a', ...keys },
      admin: { subject: 'x' },
      twoAdmins: false,
    })
  assert.equal(codeOf(await make({})), 'access.invalid')
  assert.equal(codeOf(await make({ jwksUrl: 'https://x', jwks: {} })), 'access.invalid')
})

test('the command says what is missing before it touches anything', async () => {
  await assert.rejects(run(process.execPath, [script('create-workspace.ts'), '--title', 'Acme']), { code: 2 })
})

test('a workspace where changes take two admins has two different ones from the start', async (t) => {
  const { db } = await startAccessControl(t)
  const make = (more: object) =>
    createWorkspace(db, {
      title: 'Acme',
      provider: { issuer: `https://issuer.example/${randomUUID()}`, audience: 'a', jwksUrl: 'https://x.example' },
      admin: { subject: 'ana' },
      ...more,
    })
  assert.equal(codeOf(await make({})), 'access.invalid')
  assert.equal(codeOf(await make({ secondAdmin: { subject: 'ana' } })), 'access.invalid')
  const { workspaceId, admin, secondAdmin } = value(await make({ secondAdmin: { subject: 'ben' } }))
  const admins = await db.selectFrom('principals').select('name').where('workspace_id', '=', workspaceId).execute()
  assert.deepEqual(admins.map(({ name }) => name).toSorted(), [admin, secondAdmin ?? ''].toSorted())
  const { two_admins } = await db.selectFrom('workspaces').select('two_admins').executeTakeFirstOrThrow()
  assert.equal(two_admins, true)
})
