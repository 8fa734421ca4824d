import { createHash } from 'node:crypto'
import type { Bus } from '@tessera/shared/bus/bus'
import type { InProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import type { Contract, Handlers } from '@tessera/shared/bus/contract'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { User } from '@tessera/shared/contracts/access-control/people'
import { agentsContract } from '@tessera/shared/contracts/agents'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Static } from 'typebox'

export type Served = {
  access?: Partial<Handlers<typeof accessContract>> | 'down'
  agents?: Partial<Handlers<typeof agentsContract>>
  connectors?: Partial<Handlers<typeof connectorsContract>>
  models?: Partial<Handlers<typeof modelsContract>>
  retrieval?: Partial<Handlers<typeof retrievalContract>>
}

/** Serves the contracts as the services would: what a test doesn't give answers `bus.internal`. */
export async function serve(network: InProcessNetwork, served: Served): Promise<void> {
  if (served.access !== 'down') await serveOne(network, accessContract, served.access)
  await serveOne(network, agentsContract, served.agents)
  await serveOne(network, connectorsContract, served.connectors)
  await serveOne(network, modelsContract, served.models)
  await serveOne(network, retrievalContract, served.retrieval)
}

const serveOne = <C extends Contract>(network: InProcessNetwork, contract: C, handlers: Partial<Handlers<C>> = {}) =>
  serveOn(network.join(contract.service), contract, handlers)

/** Access control alone, on a bus of its own. */
export const serveAccess = (bus: Bus, handlers: Partial<Handlers<typeof accessContract>>) =>
  serveOn(bus, accessContract, handlers)

function serveOn<C extends Contract>(bus: Bus, contract: C, handlers: Partial<Handlers<C>>): Promise<void> {
  const missing = Object.keys(contract.operations).map((name) => [
    name,
    () => {
      throw new Error(`${name} is not part of this test`)
    },
  ])
  return bus.serve(contract, { ...Object.fromEntries(missing), ...handlers } as Handlers<C>)
}

type Provider = { issuer: string; audience: string; jwksUrl?: string; jwks?: unknown; workspaceId?: string }
type Key = {
  principal: string
  scopes: string[]
  dataSourceId?: string
  workspaceId?: string
  purposes?: string[]
  keyId?: string
  revoked?: boolean
  deactivated?: boolean
}

/** Who there is: identity providers, users and keys, in memory, changed by the test as an admin would. */
export function createPeople() {
  const workspaceId = newId('wsp')
  const providers: Provider[] = []
  const users = new Map<string, Static<typeof User>>()
  const keys = new Map<string, Key>()
  const present = { revision: 7 }
  const identified: string[] = []
  const handlers: Partial<Handlers<typeof accessContract>> = {
    listProviders: async () => ok({ providers: providers.map((known) => ({ workspaceId, ...known })) }),
    identify: async ({ issuer, audience, subject, displayName = subject }) => {
      const provider = providers.find((known) => known.issuer === issuer && known.audience === audience)
      if (!provider) return fail(accessFaults.fault('unknown-issuer', 'Unknown.'))
      const id = `${issuer} ${subject}`
      const principal = users.get(id) ?? {
        name: `user:${newId('usr')}`,
        displayName,
        issuer,
        subject,
        state: 'active',
        guest: false,
        roles: ['member'],
      }
      users.set(id, principal)
      return ok({ workspaceId: provider.workspaceId ?? workspaceId, principal })
    },
    identifyKey: async ({ secretHash }) => {
      identified.push(secretHash)
      const key = keys.get(secretHash)
      if (!key || key.revoked) return fail(accessFaults.fault('unknown-key', 'Unknown.'))
      if (key.deactivated) return fail(accessFaults.fault('deactivated', 'Deactivated.'))
      const { principal, scopes, dataSourceId, purposes = [] } = key
      return ok({
        workspaceId: key.workspaceId ?? workspaceId,
        keyId: key.keyId ?? newId('key'),
        principal,
        scopes,
        purposes,
        ...present,
        ...(dataSourceId && { dataSourceId }),
      })
    },
    getMe: async (_input, { caller }) =>
      ok({
        name: caller.subject,
        displayName: 'Somebody',
        workspaceId: caller.workspaceId,
        workspaceTitle: 'Test',
        state: [...users.values()].find(({ name }) => name === caller.subject)?.state ?? 'active',
        guest: false,
        roles: ['member'],
        revision: 7,
      }),
  }
  return {
    workspaceId,
    providers,
    /** What the workspace is at, as keys are identified. */
    present,
    /** The hashes of the keys that were asked about. */
    identified,
    handlers,
    /** The user that a token of this subject stands for; to be changed in place. */
    user: (issuer: string, subject: string) => users.get(`${issuer} ${subject}`),
    addKey(secret: string, key: Key) {
      keys.set(createHash('sha256').update(secret).digest('hex'), key)
      return key
    },
  }
}
