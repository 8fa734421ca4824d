import type { Resolved } from '../routing/resolve.ts'
import type { Target } from '../routing/target.ts'

/** A target that failed before it had said anything. */
export type Tried = { readonly model: string; readonly cause: string }

/** `timeout` of `models.provider-timeout`. */
export const causeOf = ({ code }: { code: string }): string => code.replace(/^models\.(provider-)?/, '')

/**
 * What served and why, for the caller, the ledger and whoever debugs: a structured field (RFC 9651) such as
 * `"a/large"; asked="fast"; by="lowest-price"; tried="b/small rate-limited, c/small timeout"`. `cached; age=12`: this model answered it so
 * many seconds ago.
 */
export function routeTaken(
  { asked, route }: Resolved,
  { model }: Target,
  tried: readonly Tried[],
  ageSeconds?: number,
): string {
  const by = route?.strategy ?? (model.name === asked ? 'named' : 'stands-in')
  const failed = tried.map(({ model: name, cause }) => `${name} ${cause}`).join(', ')
  return [
    quoted(model.name),
    `asked=${quoted(asked)}`,
    `by=${quoted(by)}`,
    ...(failed === '' ? [] : [`tried=${quoted(failed)}`]),
    ...(ageSeconds === undefined ? [] : [`cached; age=${ageSeconds}`]),
  ].join('; ')
}

/** A header holds printable ASCII only. */
const quoted = (text: string) => `"${text.replaceAll(/[^\u0020-\u007e]/g, '?').replaceAll(/["\\]/g, String.raw`\$&`)}"`
