import type { Call } from '@tessera/shared/bus/call'
import type { Agent } from '@tessera/shared/contracts/agents'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Static, Type } from 'typebox'
import type { Clients } from '../clients.ts'
import { modelOfHandle } from './agent-chat.ts'

export const Model = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer({ description: 'Unix time in seconds; 0 where nobody knows.' }),
  owned_by: Type.String(),
})
export type Model = Static<typeof Model>
export const ModelList = Type.Object({ object: Type.Literal('list'), data: Type.Array(Model) })

/** The models and routes that the caller may use. */
export async function rawModels({ models }: Clients, call: Call): Promise<Result<Model[]>> {
  const listed = await models.listModels({}, call)
  if (!listed.ok) return listed
  const { models: named, routes } = listed.value
  const entries = [
    ...routes.map((id) => ({ id, owned_by: 'tessera' })),
    ...named.map(({ model: id, provider: owned_by }) => ({ id, owned_by })),
  ]
  return ok(entries.map((entry) => ({ ...entry, object: 'model', created: 0 })))
}

/** The agents that this caller may run, as models. */
export async function agentModels(clients: Clients, call: Call): Promise<Result<Model[]>> {
  const models: Model[] = []
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

const modelOfAgent = ({ handle, createdAt }: Static<typeof Agent>): Model => ({
  id: modelOfHandle(handle),
  object: 'model',
  created: Math.floor(Date.parse(createdAt) / 1000),
  owned_by: 'tessera',
})
