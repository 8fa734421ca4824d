import type { RouteDefinition } from '@tessera/shared/contracts/model-router/routes'
import type { Model } from '../catalogue/model.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Target } from './target.ts'

/** What a name that was asked for stands for. */
export type Resolved = {
  readonly asked: string
  /** Absent: a model that was named itself. */
  readonly route?: RouteDefinition & { readonly name: string }
  /** At least one. Which of them may serve is not decided yet. */
  readonly targets: readonly Target[]
}

type Asking = {
  readonly model: string
  /** Models that may serve instead of one that was named itself. Absent: none, it is never exchanged. */
  readonly fallbacks?: readonly string[] | undefined
}

/** What serves where nobody chose, unless the workspace has a route of that name. */
export const DEFAULT_ROUTE = 'default'

/** The models behind a name: those of a route, or a model itself with those that its caller lets stand in for it. Undefined where there is no such name. */
export function resolve(
  { catalogue, routes }: Pick<Configuration, 'catalogue' | 'routes'>,
  { model: asked, fallbacks = [] }: Asking,
  defaultModel: string,
): Resolved | undefined {
  const route = routes.get(asked)
  if (route) {
    const targets = route.targets.flatMap(({ model, weight = 1 }) => targetOf(catalogue.find(model), weight))
    return targets.length > 0 ? { asked, route, targets } : undefined
  }
  const named = catalogue.find(asked === DEFAULT_ROUTE ? defaultModel : asked)
  if (!named) return undefined
  const others = [...new Set(fallbacks)].map((name) => catalogue.find(name)).filter((model) => model !== named)
  return { asked, targets: [named, ...others].flatMap((model) => targetOf(model, 1)) }
}

const targetOf = (model: Model | undefined, weight: number): Target[] => (model ? [{ model, weight }] : [])
