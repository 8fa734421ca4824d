import type { Call } from '@tessera/shared/bus/call'
import type { Agent } from '@tessera/shared/contracts/agents'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { Clients } from '../clients.ts'
import { modelOfHandle } from './agent-answer.ts'

/** Something that can be named as a model. */
export type AvailableModel = {
  readonly id: string
  readonly ownedBy: string
  /** Unix time; 0 where nobody knows. */
  readonly createdAtMs: number
}

/** The models and routes that the caller may use. */
export async function rawModels({ models }: Clients, call: Call): Promise<Result<AvailableModel[]>> {
  const listed = await models.listModels({}, call)
  if (!listed.ok) return listed
  const { models: named, routes } = listed.value
  const entries = [
    ...routes.map((id) => ({ id, ownedBy: 'tessera' })),
    ...named.map(({ model: id, provider: ownedBy }) => ({ id, ownedBy })),
  ]
  return ok(entries.map((entry) => ({ ...entry, createdAtMs: 0 })))
}

/** The agents that this caller may run, as models. */
export async function agentModels(clients: Clients, call: Call): Promise<Result<AvailableModel[]>> {
  const models: AvailableModel[] = []
  let cursor: string | undefined
  do {
    const page = await clients.agents.listAgents({ limit: 200, ...(cursor !== undefined && { cursor }) }, call)
    if (!page.ok) return page
    const ready = page.value.items.filter(({ active, publishedVersion }) => active && publishedVersion !== undefined)
    const names = ready.map(({ id }) => `agent:${id}`)
    if (names.length > 0) {
      const checked = await clients.access.checkAgents({ verb: 'run', agents: names }, call)
      if (!checked.ok) return checked
      models.push(...ready.filter(({ id }) => checked.value.allowed.includes(`agent:${id}`)).map(modelOfAgent))
    }
    cursor = page.value.nextCursor
  } while (cursor !== undefined)
  return ok(models)
}

const modelOfAgent = ({ handle, createdAt }: Static<typeof Agent>): AvailableModel => ({
  id: modelOfHandle(handle),
  ownedBy: 'tessera',
  createdAtMs: Date.parse(createdAt),
})
