import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { modelOperations } from '@tessera/shared/contracts/model-router/models'
import { ok } from '@tessera/shared/fault/result'
import type { Access } from '../access/check-caller.ts'
import { coveringNames } from '../access/covering-names.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'
import type { Provider } from '../providers/provider.ts'
import { isAllowed } from '../routing/exclusion.ts'

export type ListModelsDeps = {
  access: Access
  configurations: Configurations
  providers: readonly Provider[]
  defaultModel: string
}

type ListModels = HandlerOf<(typeof modelOperations)['listModels']>

/** The models and routes that the caller may use: those of the catalogue, and those that providers list when they are asked. */
export const createListModels =
  ({ access, configurations, providers, defaultModel }: ListModelsDeps): ListModels =>
  async (_input, call) => {
    const [now, listed] = await Promise.all([
      stored(configurations.now(call.caller.workspaceId)),
      Promise.all(providers.map((provider) => namesListed(provider, call.signal))),
    ])
    if (!now.ok) return now
    const { catalogue, routes, names } = now.value
    const kinds = new Map(listed.flat().map(({ name, kind }) => [name, kind]))
    const known = catalogue.list().map(({ name }) => name)
    const models = [...new Set([...known, ...kinds.keys()])].flatMap((name) => catalogue.find(name) ?? [])
    const covering = await coveringNames(access, names, call)
    if (!covering.ok) return covering
    const mayUse = (allow: readonly string[] | undefined) => isAllowed(allow, call.caller, covering.value)
    return ok({
      models: models
        .filter(({ facts }) => mayUse(facts.allow))
        .map(({ name, provider, facts: { kind = kinds.get(name) ?? 'completion' } }) => ({
          model: name,
          provider: provider.name,
          kind,
        })),
      routes: [...routes.values()].flatMap(({ name, allow }) => (mayUse(allow) ? name : [])),
      defaultModel: routes.has('default') ? 'default' : defaultModel,
    })
  }

const namesListed = async (provider: Provider, signal: AbortSignal) =>
  (await provider.models({ signal })).map(({ name, kind }) => ({ name: `${provider.name}/${name}`, kind }))
