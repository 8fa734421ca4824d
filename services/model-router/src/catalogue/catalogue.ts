import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import type { Provider } from '../providers/provider.ts'
import type { Model } from './model.ts'
import { nearestNames } from './nearest-names.ts'

/** What is said of each model, by `provider/name`, or by `provider/*` for all of a provider's. */
export type Entries = ReadonlyMap<string, CatalogueFacts>

export type Catalogue = {
  /** Undefined where no provider of that name is switched on, or the model is switched off. A name without an entry is for its provider to judge. */
  find(name: string): Model | undefined
  /** Those with an entry that are switched on. */
  list(): readonly Model[]
  /** The names of all entries whose provider is switched on, `provider/*` included. */
  names(): readonly string[]
  /** All layers together. */
  factsOf(name: string): CatalogueFacts
  /** Whether a provider of that name is switched on. */
  serves(name: string): boolean
  /** Up to three names of models that are switched on, most like this one first. `mayKnow` says of which ones the caller may hear. */
  nearest(name: string, mayKnow?: (model: Model) => boolean): string[]
}

/**
 * The models of a workspace. The workspace's own word beats that of the installation's file, and a model's own entry beats that of its provider.
 */
export function createCatalogue(providers: readonly Provider[], file: Entries, own: Entries): Catalogue {
  const known = new Map<string, Model | undefined>()
  const providerOf = (name: string) => providers.find((provider) => provider.name === split(name)[0])
  const names = [...new Set([...file.keys(), ...own.keys()])].filter((name) => providerOf(name))

  const factsOf = (name: string): CatalogueFacts => {
    const all = `${split(name)[0]}/*`
    return { ...file.get(all), ...file.get(name), ...own.get(all), ...own.get(name) }
  }
  const modelOf = (name: string): Model | undefined => {
    const provider = providerOf(name)
    const [, ownName] = split(name)
    const facts = factsOf(name)
    if (!provider || ownName === '' || ownName === '*' || facts.enabled === false) return undefined
    const { hosting = provider.hosting } = facts
    return { name, provider, ownName, hosting, facts }
  }
  const find = (name: string): Model | undefined => {
    if (!known.has(name)) {
      // Names come from callers, too.
      if (known.size >= MAX_REMEMBERED) known.clear()
      known.set(name, modelOf(name))
    }
    return known.get(name)
  }
  const list = () => names.flatMap((name) => find(name) ?? [])
  return {
    find,
    list,
    names: () => names,
    factsOf,
    serves: (name) => providerOf(name) !== undefined,
    nearest: (name, mayKnow = () => true) =>
      nearestNames(
        name,
        list()
          .filter(mayKnow)
          .map((model) => model.name),
      ),
  }
}

const MAX_REMEMBERED = 1000

function split(name: string): [provider: string, ownName: string] {
  const slash = name.indexOf('/')
  return [name.slice(0, slash), name.slice(slash + 1)]
}
