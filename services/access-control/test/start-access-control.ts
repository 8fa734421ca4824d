import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { ServiceName } from '@tessera/shared/bus/contract'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import type { Result } from '@tessera/shared/fault/result'
import { database } from '@tessera/testkit/database'
import type { TestScope } from '@tessera/testkit/test-scope'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { createAccessControl } from '../src/app.ts'
import { createMemorySink } from '../src/log/checkpoint-sink.ts'
import type { AccessTables } from '../src/database.ts'
import { migrateAccessControl } from '../src/migrations.ts'
import { createWorkspace } from '../src/workspaces/create-workspace.ts'

export type Adapter = 'postgres' | 'pglite'
export type AccessControl = Awaited<ReturnType<typeof startAccessControl>>
export type Workspace = Awaited<ReturnType<AccessControl['aWorkspace']>>

/** Access control on a real database, with the real bus of one process. `serve: false` leaves the service out; the database is migrated. */
export async function startAccessControl(t: TestScope, adapter: Adapter = 'postgres') {
  const { db, schema } = adapter === 'postgres' ? await onPostgres(t) : await onPglite(t)
  await migrateAccessControl(db, schema)
  return { db, schema, ...(await serveAccessControl(t, db)) }
}

/** The service on a database that is migrated already. */
export async function serveAccessControl(t: TestScope, db: Kysely<AccessTables>) {
  const network = createInProcessNetwork()
  const buses = new Map<ServiceName, Bus>()
  const busOf = (service: ServiceName): Bus => {
    const bus = buses.get(service) ?? network.join(service)
    buses.set(service, bus)
    return bus
  }
  const audit = { signingKey: newAuditKey(), sink: createMemorySink() }
  const service = await createAccessControl({ bus: busOf('access'), db, logger: pino({ level: 'silent' }), audit })
  t.after(() => service.close())

  /** Signed by the service which may say so: people by the gateway, data sources by connectors. */
  const callFor = (workspaceId: string, subject: string, actors: string[] = [], scopes: string[] = []): Call =>
    busOf(signerOf(subject)).callFor({ workspaceId, subject, actors, scopes }, { timeoutMs: 20_000 })
  const clientOf = (service: ServiceName) => busOf(service).connectTo(accessContract)
  const clients = {
    gateway: clientOf('gateway'),
    retrieval: clientOf('retrieval'),
    connectors: clientOf('connectors'),
    agents: clientOf('agents'),
    models: clientOf('models'),
  }
  /** Where one admin does it all, unless the test is about two. */
  const aWorkspace = async (joinAs: 'pending' | 'guest' | 'member' = 'pending', { twoAdmins = false } = {}) => {
    const provider = { issuer: `https://issuer.example/${randomUUID()}`, audience: 'tessera', joinAs }
    const made = value(
      await createWorkspace(db, {
        title: 'Acme',
        provider: { ...provider, jwks: { keys: [] } },
        admin: { subject: 'root' },
        twoAdmins,
        secondAdmin: twoAdmins ? { subject: 'second' } : undefined,
      }),
    )
    const as = (subject: string, actors?: string[], scopes?: string[]) =>
      callFor(made.workspaceId, subject, actors, scopes)
    return { ...made, ...provider, as, asAdmin: () => as(made.admin), asSecond: () => as(made.secondAdmin ?? '') }
  }
  return { service, busOf, callFor, ...clients, aWorkspace, audit }
}

/** A new `AUDIT_SIGNING_KEY`. */
export const newAuditKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')

function signerOf(subject: string): ServiceName {
  if (subject.startsWith('connector:')) return 'connectors'
  return subject.startsWith('system:') ? (subject.slice('system:'.length) as ServiceName) : 'gateway'
}

async function onPostgres(t: TestScope) {
  const { url, schema } = await database(t, 'access')
  const db = createDatabase<AccessTables>({ url, schema })
  t.after(() => db.destroy())
  return { db, schema }
}

async function onPglite(t: TestScope) {
  const pglite = await openPglite({})
  t.after(() => pglite.close())
  const schema = 'access'
  return { db: createDatabase<AccessTables>({ pglite, schema }), schema }
}

/** What came back, or a failing test that names the fault. */
export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.fault.code}: ${result.fault.detail}`)
  return result.value
}

export const codeOf = (result: Result<unknown>): string | undefined => (result.ok ? undefined : result.fault.code)
