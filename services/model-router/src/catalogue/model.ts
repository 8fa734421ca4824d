import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import type { Provider } from '../providers/provider.ts'

/** A model that a workspace has, with what its catalogue says of it. */
export type Model = {
  /** `provider/name` */
  readonly name: string
  readonly provider: Provider
  /** What its provider calls it. */
  readonly ownName: string
  readonly hosting: 'own' | 'cloud'
  readonly facts: CatalogueFacts
}
