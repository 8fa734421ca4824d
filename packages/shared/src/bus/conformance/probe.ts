import { call, defineContract, event, stream } from '../contract.ts'
import { accessFaults } from '../../contracts/access-control/faults.ts'
import type { Assertions } from '../assertion.ts'
import type { Bus } from '../bus.ts'
import type { Handlers, ServiceName } from '../contract.ts'
import { ok } from '../../fault/result.ts'
import type { TestScope } from '@tessera/testkit/test-scope'
import { Type } from 'typebox'

/** What the suite needs of an adapter. */
export type Network = {
  /** One process of a service; the test closes what it does not close itself. */
  join(service: ServiceName): Promise<Bus>
  /** Signs with the key of a service, at another time if wanted. */
  assertions(service: ServiceName, options?: { nowMs?: number }): Assertions
}

export type Adapter = {
  name: string
  /** A network that nobody else uses, with short heartbeats. */
  network(t: TestScope): Promise<Network>
  /**
   * A network whose parts can be made to fail. Absent in process: there is no server to lose, and a service cannot be killed without
   * its callers, because all are one process.
   */
  breakable?: (t: TestScope) => Promise<Breakable>
}

export type Breakable = {
  network: Network
  /** A service `access` in a process of its own: it answers `ask`, and `count` yields 1 and then goes quiet. */
  spawnService(): Promise<{ kill(): Promise<void> }>
  /** The server between all of them. */
  server: { kill(): Promise<void>; restart(): Promise<void> }
}

const Text = Type.Object({ text: Type.String() }, { additionalProperties: false })
const everyone = ['gateway', 'retrieval', 'models', 'agents', 'connectors'] as const
const common = { calledBy: everyone, faults: ['access.not-found'], timeoutMs: 15_000 } as const

/** A contract for trying the bus out; what its operations do is up to the test. */
export const probe = defineContract({
  service: 'access',
  version: 1,
  faults: accessFaults,
  operations: {
    ask: call({ ...common, summary: 'May be repeated.', input: Text, output: Text, idempotent: true }),
    write: call({ ...common, summary: 'Must not be repeated.', input: Text, output: Text, idempotent: false }),
    count: stream({
      ...common,
      summary: 'Numbers.',
      input: Type.Object({ upTo: Type.Integer() }),
      event: Type.Object({ n: Type.Integer(), padding: Type.Optional(Type.String()) }),
    }),
  },
  events: {
    changed: event({ summary: 'A fact.', payload: Type.Object({ n: Type.Integer() }), consumedBy: ['retrieval'] }),
    removed: event({ summary: 'Another.', payload: Type.Object({ n: Type.Integer() }), consumedBy: ['retrieval'] }),
  },
})

const loose = { ...common, input: Type.Unknown() }
/** The same operations as another build of a service may see them: it sends and answers what `probe` knows nothing of. */
export const otherBuild = defineContract({
  ...probe,
  operations: {
    ask: call({ ...loose, summary: 'May be repeated.', output: Type.Unknown(), idempotent: true }),
    write: call({ ...loose, summary: 'Must not be repeated.', output: Type.Unknown(), idempotent: false }),
    count: stream({ ...loose, summary: 'Numbers.', event: Type.Unknown() }),
  },
})

export const ana = { workspaceId: 'wsp_0000000001', subject: 'user:usr_ana', actors: [], scopes: [] }

/** Handlers that answer with what they were asked. */
export const echo: Handlers<typeof probe> = {
  ask: async ({ text }) => ok({ text }),
  write: async ({ text }) => ok({ text }),
  async *count({ upTo }) {
    for (let n = 1; n <= upTo; n++) yield ok({ n })
  },
}

/** A server with these handlers, a client, and a call for Ana. */
export async function probing(adapter: Adapter, t: TestScope, handlers: Partial<Handlers<typeof probe>> = {}) {
  const network = await adapter.network(t)
  const server = await network.join('access')
  const gateway = await network.join('gateway')
  await server.serve(probe, { ...echo, ...handlers })
  const call = (options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    gateway.callFor(ana, { timeoutMs: 10_000, ...options })
  return { network, server, gateway, client: gateway.connectTo(probe), call }
}

/** A promise and the function that fulfils it. */
export function signalled<T = void>() {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { promise, give: resolve }
}
