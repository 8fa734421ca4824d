import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Result } from '@tessera/shared/fault/result'
import type { TestScope } from '@tessera/testkit/test-scope'
import type { BenchInstallation } from '../installation.ts'
import { withClient } from '../with-client.ts'

export type Players = Awaited<ReturnType<typeof joinBus>>

/** This process on the bus of an installation: as the gateway, which asks for people, and as retrieval, which asks access-control. */
export async function joinBus(t: TestScope, { cluster }: BenchInstallation) {
  const join = async (service: 'gateway' | 'retrieval') => {
    const { NATS_URL = '', NATS_PREFIX = '', ASSERTION_KEY = '', ASSERTION_TRUST = '' } = cluster.environmentOf(service)
    const bus = await createNatsBus({
      ...{ url: NATS_URL, prefix: NATS_PREFIX, service },
      ...{ signingKey: ASSERTION_KEY, trust: ASSERTION_TRUST },
    })
    t.after(() => bus.close({ graceMs: 0 }))
    return bus
  }
  const [gateway, retrieval] = [await join('gateway'), await join('retrieval')]
  const workspaceId = await withClient(cluster.databaseUrl, async (client) => {
    const { rows } = await client.query<{ id: string }>('select id from access.workspaces')
    return rows[0]?.id ?? ''
  })
  return {
    workspaceId,
    retrieval: gateway.connectTo(retrievalContract),
    access: retrieval.connectTo(accessContract),
    callFor: (subject: string) =>
      gateway.callFor({ workspaceId, subject, actors: [], scopes: [] }, { timeoutMs: 30_000 }),
  }
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.detail}`)
  return result.value
}
