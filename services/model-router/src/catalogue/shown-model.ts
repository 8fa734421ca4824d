import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail } from '@tessera/shared/fault/result'
import type { Configuration } from '../configuration/configuration.ts'
import type { Catalogue } from './catalogue.ts'

/** A model as admins see it; also all models of a provider. */
export function shownModel({ catalogue, own }: Configuration, name: string) {
  const facts = catalogue.factsOf(name)
  const mine = own.get(name)
  return { model: name, provider: name.slice(0, name.indexOf('/')), facts, ...(mine && { own: mine }) }
}

export function noModel(name: string, catalogue: Catalogue) {
  const nearest = catalogue.nearest(name)
  const hint = nearest.length === 0 ? '' : ` Near to it: ${nearest.join(', ')}.`
  return fail(modelsFaults.fault('not-found', `No model ${name} is switched on here.${hint}`))
}
