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
import type { Entries } from '../src/catalogue/catalogue.ts'
import { readCatalogue } from '../src/catalogue/read-catalogue.ts'
import { createModelRouter } from '../src/app.ts'
import type { ModelsDatabase } from '../src/database.ts'
import { migrateModelRouter } from '../src/migrations.ts'
import { createExtractive } from '../src/providers/extractive/create-extractive.ts'
import type { Provider } from '../src/providers/provider.ts'

/** The operations of access-control that the router calls. */
const { checkRole, checkModels, checkAgents, presentRevision, logChange } = accessContract.operations
const roleContract = {
  ...accessContract,
  operations: { checkRole, checkModels, checkAgents, presentRevision, logChange },
}

/** The router on a bus with a real database, and beside it an access-control that knows these principals. */
export async function startRouter(
  t: TestContext,
  {
    providers = [],
    defaultModel,
    catalogue = new Map(),
    leaseMs,
  }: { providers?: Provider[]; defaultModel?: string; catalogue?: Entries; leaseMs?: number } = {},
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
  const entries = new Map([...(await readCatalogue()), ...catalogue])
  const deps = { providers: all, defaultModel, catalogue: entries, logger, ...(leaseMs !== undefined && { leaseMs }) }
  const router = await createModelRouter({ bus: buses.models, db, ...deps })
  /** A second replica on the same database, with clients that reach no other. */
  const startAnother = async () => {
    const apart = createInProcessNetwork()
    const [own, gateway, agents] = [apart.join('models'), apart.join('gateway'), apart.join('agents')]
    const access = apart.join('access')
    await serveRoles(access, people)
    const another = await createModelRouter({ bus: own, db, ...deps })
    t.after(async () => {
      for (const bus of [gateway, agents, own, access]) await bus.close()
      await another.close()
    })
    return {
      models: gateway.connectTo(modelsContract),
      callOf: callOn(gateway),
      agents: agents.connectTo(modelsContract),
      callAsAgents: callOn(agents),
    }
  }
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
  const callOf = (caller: Caller, signal?: AbortSignal, bus: Bus = buses.gateway) => callOn(bus)(caller, signal)
  const models = buses.gateway.connectTo(modelsContract)
  return { router, db, proxy, buses, people, callOf, closeDatabase, models, startAnother }
}

const callOn = (bus: Bus) => (caller: Caller, signal?: AbortSignal) =>
  bus.callFor(caller, { timeoutMs: 20_000, ...(signal && { signal }) })

type State = 'admin' | 'builder' | 'member' | 'pending' | 'deactivated'

function createPeople() {
  const workspaceId = newId('wsp')
  const states = new Map<string, State>()
  const groups = new Map<string, string[]>()
  const logged: { operation: string; subject: string }[] = []
  const seen: string[] = []
  return {
    states,
    /** Another one whenever something has changed. */
    revision: (): number => {
      const facts = JSON.stringify([[...states], [...groups], logged])
      if (facts !== seen.at(-1)) seen.push(facts)
      return seen.length
    },
    /** What the passages of each decision carry now. */
    carried: new Map<string, string[]>(),
    /** The groups that cover each person. */
    groups,
    /** The agents whose definition each person may read. */
    readable: new Map<string, string[]>(),
    /** What admins changed. */
    logged,
    /** Whom `checkModels` was asked about. */
    checked: [] as string[],
    workspaceId,
    add(state: State, where = workspaceId): Caller {
      const subject = `user:${newId('usr')}`
      states.set(subject, state)
      return { workspaceId: where, subject, actors: [], scopes: [] }
    },
  }
}

async function serveRoles(
  bus: Bus,
  { states, carried, groups, readable, logged, checked, revision }: ReturnType<typeof createPeople>,
): Promise<void> {
  await bus.serve(roleContract, {
    checkRole: async ({ anyOf }, { caller }) => {
      const state = states.get(caller.subject)
      if (state === 'pending' || state === 'deactivated') return fail(accessFaults.fault(state, 'Not now.'))
      const holds = state !== undefined && (anyOf.length === 0 || anyOf.some((role) => role === state))
      return holds ? ok({ revision: revision() }) : fail(accessFaults.fault('forbidden', 'Not you.'))
    },
    logChange: async ({ operation }, { caller: { subject } }) => {
      if (states.get(subject) !== 'admin') return fail(accessFaults.fault('forbidden', 'Not you.'))
      logged.push({ operation, subject })
      return ok({ revision: revision() })
    },
    presentRevision: async () => ok({ revision: revision() }),
    checkAgents: async ({ agents }, { caller }) => {
      const allowed = agents.filter((agent) => readable.get(caller.subject)?.includes(agent))
      return ok({ allowed, revision: revision() })
    },
    checkModels: async ({ decisionIds, models, names = [], labels: added = [], rawLabels = [] }, { caller }) => {
      const state = states.get(caller.subject)
      checked.push(caller.subject)
      if (state === 'pending' || state === 'deactivated') return fail(accessFaults.fault(state, 'Not now.'))
      if (state === undefined) return fail(accessFaults.fault('forbidden', 'Not you.'))
      if (decisionIds.some((id) => !carried.has(id))) return fail(accessFaults.fault('not-found', 'No such decision.'))
      const unclassified = decisionIds.length === 0 ? rawLabels : []
      const labels = [...new Set([...decisionIds.flatMap((id) => carried.get(id) ?? []), ...unclassified, ...added])]
      const forbidden = models
        .filter(({ hosting }) => hosting === 'cloud' && labels.includes('own-machines-only'))
        .map(({ model }) => ({ model, policyIds: ['own-machines'] }))
      const covering = names.filter((name) => groups.get(caller.subject)?.includes(name))
      return ok({ labels, forbidden, covering, revision: revision() })
    },
  })
}
