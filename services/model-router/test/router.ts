import type { Bus } from '@tessera/shared/bus/bus'
import type { Caller } from '@tessera/shared/bus/call'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { createDatabase } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { ModelLabels } from '../src/access/model-labels.ts'
import { createModelRouter } from '../src/app.ts'
import type { ModelsDatabase } from '../src/database.ts'
import { migrateModelRouter } from '../src/migrations.ts'
import { createExtractive } from '../src/providers/extractive/create-extractive.ts'
import type { Provider } from '../src/providers/provider.ts'

/** The operations of access-control that the router calls. */
const { checkRole, checkModels } = accessContract.operations
const roleContract = { ...accessContract, operations: { checkRole, checkModels } }

/** The router on a bus with a real database, and beside it an access-control that knows these principals. */
export async function startRouter(
  t: TestContext,
  {
    providers = [],
    defaultModel,
    labels = new Map(),
  }: { providers?: Provider[]; defaultModel?: string; labels?: ModelLabels } = {},
) {
  const logger = pino({ level: 'silent' })
  const { url, schema } = await database(t, 'models')
  const server = new URL(url)
  const proxy = await tcpProxy(t, { host: server.hostname, port: Number(server.port) })
  server.hostname = '127.0.0.1'
  server.port = String(proxy.port)
  const db = createDatabase<ModelsDatabase>({ url: server.href, schema })
  await migrateModelRouter(db, schema)
  const network = createInProcessNetwork()
  const people = createPeople()
  const buses = {
    access: network.join('access'),
    models: network.join('models'),
    gateway: network.join('gateway'),
    agents: network.join('agents'),
    retrieval: network.join('retrieval'),
  }
  await serveRoles(buses.access, people)
  const all = [...providers, createExtractive({ logger })]
  const router = await createModelRouter({ bus: buses.models, db, providers: all, defaultModel, labels, logger })
  let isOpen = true
  const closeDatabase = async () => {
    if (isOpen) await db.destroy()
    isOpen = false
  }
  t.after(async () => {
    for (const bus of [buses.gateway, buses.agents, buses.retrieval, buses.models, buses.access]) await bus.close()
    await router.close()
    await closeDatabase()
  })
  const callOf = (caller: Caller, signal?: AbortSignal, bus: Bus = buses.gateway) =>
    bus.callFor(caller, { timeoutMs: 20_000, ...(signal && { signal }) })
  return { router, db, proxy, buses, people, callOf, closeDatabase, models: buses.gateway.connectTo(modelsContract) }
}

function createPeople() {
  const workspaceId = newId('wsp')
  const states = new Map<string, 'admin' | 'member' | 'pending' | 'deactivated'>()
  return {
    states,
    /** What the passages of each decision carry now. */
    carried: new Map<string, string[]>(),
    workspaceId,
    add(state: 'admin' | 'member' | 'pending' | 'deactivated', where = workspaceId): Caller {
      const subject = `user:${newId('usr')}`
      states.set(subject, state)
      return { workspaceId: where, subject, actors: [], scopes: [] }
    },
  }
}

async function serveRoles(bus: Bus, { states, carried }: ReturnType<typeof createPeople>): Promise<void> {
  await bus.serve(roleContract, {
    checkRole: async ({ anyOf }, { caller }) => {
      const state = states.get(caller.subject)
      if (state === 'pending' || state === 'deactivated') return fail(accessFaults.fault(state, 'Not now.'))
      const holds = state !== undefined && (anyOf.length === 0 || anyOf.some((role) => role === state))
      return holds ? ok({ revision: 1 }) : fail(accessFaults.fault('forbidden', 'Not you.'))
    },
    checkModels: async ({ decisionIds, models }, { caller }) => {
      const state = states.get(caller.subject)
      if (state === 'pending' || state === 'deactivated') return fail(accessFaults.fault(state, 'Not now.'))
      if (state === undefined) return fail(accessFaults.fault('forbidden', 'Not you.'))
      if (decisionIds.some((id) => !carried.has(id))) return fail(accessFaults.fault('not-found', 'No such decision.'))
      const labels = [...new Set(decisionIds.flatMap((id) => carried.get(id) ?? []))]
      const forbidden = models
        .filter(({ hosting }) => hosting === 'cloud' && labels.includes('own-machines-only'))
        .map(({ model }) => ({ model, policyIds: ['own-machines'] }))
      return ok({ labels, forbidden, revision: 1 })
    },
  })
}
