import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createAssertionKeys } from '@tessera/shared/bus/assertion-keys'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { bus } from '@tessera/testkit/bus'
import { eventually } from '@tessera/testkit/eventually'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { newAuditKey, value } from './start-access-control.ts'

const run = promisify(execFile)
const script = (name: string) => fileURLToPath(new URL(`../src/${name}`, import.meta.url))

test('from an empty database to a served question by three commands, over NATS, until SIGTERM', async (t) => {
  const [server, { url, prefix }] = await Promise.all([ownPostgres(t), bus(t)])
  const { signingKeys, trust } = createAssertionKeys()
  const checkpoints = await mkdtemp(join(tmpdir(), 'tessera-audit-'))
  t.after(() => rm(checkpoints, { recursive: true, force: true }))
  const database = { DATABASE_URL: server.url }
  const { stdout } = await run(process.execPath, [script('migrate.ts')], { env: database })
  assert.match(stdout, /access: applied 2026-11-23/)
  assert.match((await run(process.execPath, [script('migrate.ts')], { env: database })).stdout, /up to date/)
  const issuer = `https://issuer.example/${randomUUID()}`
  const flags = {
    title: 'Acme',
    issuer,
    audience: 'tessera',
    'jwks-url': 'https://x.example/keys',
    'admin-subject': 'ana',
  }
  const command = [
    script('create-workspace.ts'),
    ...Object.entries(flags).flatMap(([name, text]) => [`--${name}`, text]),
    '--one-admin',
  ]
  const made = JSON.parse((await run(process.execPath, command, { env: database })).stdout) as {
    admin: string
    workspaceId: string
  }
  await assert.rejects(run(process.execPath, command, { env: database }), { code: 1 })

  const env = {
    ...database,
    NATS_URL: url,
    NATS_PREFIX: prefix,
    ASSERTION_KEY: signingKeys.access,
    ASSERTION_TRUST: trust,
    AUDIT_SIGNING_KEY: newAuditKey(),
    AUDIT_CHECKPOINTS_DIR: checkpoints,
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
  }
  const service = spawn(process.execPath, [script('main.ts')], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  t.after(() => service.kill('SIGKILL'))
  const exited = once(service, 'exit')
  const gateway = await createNatsBus({ url, prefix, service: 'gateway', signingKey: signingKeys.gateway, trust })
  t.after(() => gateway.close())
  const caller = { workspaceId: made.workspaceId, subject: made.admin, actors: [], scopes: [] }
  const call = () => gateway.callFor(caller, { timeoutMs: 2000 })
  const access = gateway.connectTo(accessContract)
  const me = await eventually(async () => value(await access.getMe({}, call())), { timeoutMs: 15_000 })
  assert.deepEqual([me.name, me.roles, me.revision], [made.admin, ['admin', 'member'], 1])
  service.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  // The workspace itself was the first row, and a clean stop leaves none uncovered.
  const kept = (await readFile(join(checkpoints, `${made.workspaceId}.ndjson`), 'utf8')).trim().split('\n')
  assert.partialDeepStrictEqual(JSON.parse(kept.at(-1) ?? ''), { workspace: made.workspaceId, sequence: 1 })
})
