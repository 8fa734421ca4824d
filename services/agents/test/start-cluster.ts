import type { Bus } from '@tessera/shared/bus/bus'
import { createAssertionKeys } from '@tessera/shared/bus/assertion-keys'
import type { ServiceName } from '@tessera/shared/bus/contract'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { createDatabase } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { bus } from '@tessera/testkit/bus'
import { database } from '@tessera/testkit/database'
import type { TestScope } from '@tessera/testkit/test-scope'
import { pino } from 'pino'
import { type Agents, createAgents } from '../src/app.ts'
import type { AgentsDatabase, AgentsTables } from '../src/database.ts'
import { migrateAgents } from '../src/migrations.ts'
import { aPassage, createNeighbours, type Neighbours } from './neighbours.ts'
import { aReader } from './start-agents.ts'

const leaseMs = 1000

/** The agents' neighbours on a real NATS, for processes of the agents that come and go. */
export async function startCluster(t: TestScope) {
  const nats = await bus(t)
  const { signingKeys, trust } = createAssertionKeys()
  const joined: Bus[] = []
  const services: Agents[] = []
  const join = async (service: ServiceName) => {
    // Readers notice at once that a process is gone.
    const one = await createNatsBus({ ...nats, service, signingKey: signingKeys[service], trust, heartbeatMs: 200 })
    joined.push(one)
    return one
  }
  const opened: { db?: AgentsDatabase } = {}
  t.after(async () => {
    await Promise.all(services.map((service) => service.close()))
    await Promise.all(joined.map((one) => one.close({ graceMs: 0 })))
    await opened.db?.destroy()
  })
  const { url, schema } = await database(t, 'agents')
  const db = createDatabase<AgentsTables>({ url, schema })
  opened.db = db
  await migrateAgents(db, schema)
  const neighbours = createNeighbours()
  await neighbours.serve({ join })
  const startReplica = async () => {
    const service = await createAgents({
      bus: await join('agents'),
      db,
      logger: pino({ level: 'silent' }),
      leaseMs,
      graceMs: 0,
    })
    services.push(service)
  }
  const worker = { nats: { ...nats, signingKey: signingKeys.agents, trust }, database: { url, schema }, leaseMs }
  return { db, neighbours, gateway: await join('gateway'), startReplica, worker }
}

/** Somebody who may make agents, and who reads the one document there is. */
export function aBuilder({ state }: Neighbours, gateway: Bus) {
  const passage = aPassage('Everybody gets 30 days of leave.')
  state.passages.push(passage)
  const ana = aReader(gateway, newId('wsp'))
  state.roles.set(ana.subject, ['builder'])
  state.readable.set(ana.subject, new Set([passage.documentId]))
  return ana
}
