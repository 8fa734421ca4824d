import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Provider } from '../providers/provider.ts'

/** Who serves `provider/name`, and under which name there. Whether the provider has such a model only the provider knows. */
export function findModel(providers: readonly Provider[], model: string) {
  const slash = model.indexOf('/')
  const provider = providers.find(({ name }) => name === model.slice(0, slash))
  if (!provider) return fail(modelsFaults.fault('not-found', 'No provider of this name is switched on here.'))
  return ok({ provider, model: model.slice(slash + 1) })
}
