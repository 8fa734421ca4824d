import assert from 'node:assert/strict'
import type { Bus } from '@tessera/shared/bus/bus'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { agentsContract, type RunEvent } from '@tessera/shared/contracts/agents'
import type { InputOf } from '@tessera/shared/bus/contract'
import { createDatabase } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import { pino } from 'pino'
import type { TestScope } from '@tessera/testkit/test-scope'
import { type Agents, type AgentsDeps, createAgents } from '../src/app.ts'
import type { AgentsDatabase, AgentsTables } from '../src/database.ts'
import { migrateAgents } from '../src/migrations.ts'
import { aPassage, createNeighbours } from './neighbours.ts'

const logger = pino({ level: 'silent' })

/**
 * The agents on a real PostgreSQL, with small neighbours on an in-process bus. `ana` is a builder and reads the one document there is; `ben` is a
 * member who reads nothing.
 */
export async function startAgents(t: TestScope, options: Partial<AgentsDeps> = {}) {
  const { url, schema } = await database(t, 'agents')
  return startAgentsOn(t, createDatabase<AgentsTables>({ url, schema }), schema, options)
}

/** The same on a database that is at hand. It is closed with the test. */
export async function startAgentsOn(
  t: TestScope,
  db: AgentsDatabase,
  schema: string,
  options: Partial<AgentsDeps> = {},
) {
  const services: Agents[] = []
  t.after(async () => {
    await Promise.all(services.map((service) => service.close()))
    await db.destroy()
  })
  await migrateAgents(db, schema)
  const network = createInProcessNetwork()
  const neighbours = createNeighbours()
  await neighbours.serve(network)
  const startReplica = async (more: Partial<AgentsDeps> = {}) => {
    const bus = network.join('agents')
    const service = await createAgents({ bus, db, logger, graceMs: 0, ...options, ...more })
    services.push(service)
    return { service, bus }
  }
  const first = await startReplica()
  const workspaceId = newId('wsp')
  const passage = aPassage('Everybody gets 30 days of leave. See https://handbook.example/leave.')
  neighbours.state.passages.push(passage)
  const gateway = network.join('gateway')
  const ana = aReader(gateway, workspaceId)
  const ben = aReader(gateway, workspaceId)
  neighbours.state.roles.set(ana.subject, ['builder', 'member'])
  neighbours.state.roles.set(ben.subject, ['member'])
  neighbours.state.readable.set(ana.subject, new Set([passage.documentId]))
  return {
    db,
    network,
    neighbours,
    state: neighbours.state,
    passage,
    startReplica,
    first,
    gateway,
    workspaceId,
    ana,
    ben,
  }
}

export type Ask = InputOf<(typeof agentsContract)['operations']['ask']>

type As = { readonly subject?: string; readonly actors?: string[]; readonly purpose?: string; readonly keyId?: string }

/** Somebody who calls through the gateway. */
export function aReader(gateway: Bus, workspaceId: string, as: As = {}) {
  const { subject = `user:${newId('usr')}`, actors = [], ...more } = as
  const client = gateway.connectTo(agentsContract)
  const call = (signal?: AbortSignal) =>
    gateway.callFor(
      { workspaceId, subject, actors, scopes: ['all'], ...more },
      { timeoutMs: 30_000, ...(signal ? { signal } : {}) },
    )
  return {
    subject,
    client,
    call,
    ask: (input: Ask, signal?: AbortSignal) => client.ask(input, call(signal)),
    answer: (input: Ask) => read(client.ask(input, call())),
    events: (conversationId: string, messageId: string, after = 0) =>
      read(client.readEvents({ conversationId, messageId, after }, call())),
    async conversation(conversationId: string) {
      return value(await client.getConversation({ conversationId }, call()))
    },
  }
}
export type Reader = ReturnType<typeof aReader>

/** Takes somebody into a conversation. */
export async function join(owner: Reader, joiner: Reader, conversationId: string): Promise<void> {
  value(await owner.client.addParticipant({ conversationId, name: joiner.subject }, owner.call()))
  value(await joiner.client.acceptInvitation({ conversationId }, joiner.call()))
}

/** An agent that every member may run, published. */
export async function anAgent(
  reader: Reader,
  definition: { instructions?: string; model?: string; purposes?: string[]; exceptDocumentIds?: string[] } = {},
) {
  const { agent } = value(
    await reader.client.createAgent(
      {
        handle: `handbook-${newId('agt').slice(-8)}`,
        title: 'Handbook',
        definition: { instructions: 'Answer from the handbook.', scope: { kind: 'everything' }, ...definition },
      },
      reader.call(),
    ),
  )
  value(await reader.client.publishAgentVersion({ agentId: agent.id, number: 1 }, reader.call()))
  return agent
}

export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.fault.code}: ${result.fault.detail}`)
  return result.value
}

export function code(result: Result<unknown>): string {
  assert.ok(!result.ok, 'expected a fault')
  return result.fault.code
}

/** All events of a stream, and the fault that ended it if there was one. */
export async function read(stream: AsyncIterable<Result<RunEvent>>): Promise<{ events: RunEvent[]; fault?: Fault }> {
  const events: RunEvent[] = []
  for await (const event of stream) {
    if (!event.ok) return { events, fault: event.fault }
    events.push(event.value)
  }
  return { events }
}

export const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type)

export function first<T extends RunEvent['type']>(events: readonly RunEvent[], type: T) {
  const found = events.find((event): event is Extract<RunEvent, { type: T }> => event.type === type)
  assert.ok(found, `no ${type} among ${typesOf(events).join(', ')}`)
  return found
}

/** What a reader has drawn at the end: deltas, from the last restart on. */
export function drawn(events: readonly RunEvent[]): string {
  let text = ''
  for (const event of events) {
    if (event.type === 'step.restarted') text = ''
    if (event.type === 'text.delta') text += event.text
  }
  return text
}

export const assertGapless = (events: readonly RunEvent[], after = 0) =>
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, index) => after + index + 1),
  )
