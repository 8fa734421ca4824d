import { type Static, Type } from 'typebox'

/** One field that broke a rule. `field` is a JSON pointer into the body (`/access/allow/0`), a query parameter or a header. */
export const FieldError = Type.Object({ field: Type.String(), rule: Type.String() })
export type FieldError = Static<typeof FieldError>

/** How a fault crosses the bus. Unknown fields are ignored, so that a newer sender may say more. */
export const FaultSchema = Type.Object({
  code: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  title: Type.String(),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(FieldError)),
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  meta: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
})

/**
 * An expected failure, as a value. Programs switch on `code` (`access.unavailable`), never on a text.
 * `detail` may be shown to the caller, so it never holds a secret or anything of an object that the caller may not know of.
 */
export type Fault<C extends string = string> = Readonly<Omit<Static<typeof FaultSchema>, 'code'> & { code: C }>

/** `status` is the HTTP status it becomes, `title` is constant per code, `remedy` tells a caller what to do (docs/faults.md). */
export type FaultDefinition = { readonly status: number; readonly title: string; readonly remedy: string }

export type FaultExtras = Partial<Pick<Fault, 'errors' | 'retryAfterMs' | 'meta'>>

export type FaultCatalogue<S extends string = string, K extends string = string> = {
  readonly service: S
  readonly definitions: Readonly<Record<K, FaultDefinition>>
  /** Makes one: `fault('not-found', 'No such space.')` → `{ code: 'access.not-found', … }`. */
  readonly fault: <N extends K>(name: N, detail: string, extras?: FaultExtras) => Fault<`${S}.${N}`>
}

/** The closed list of faults of one service. Its codes are `<service>.<name>`. */
export function defineFaults<const S extends string, const D extends Record<string, FaultDefinition>>(
  service: S,
  definitions: D,
): FaultCatalogue<S, Extract<keyof D, string>> {
  return {
    service,
    definitions,
    fault(name, detail, extras = {}) {
      const { status, title } = definitions[name] as FaultDefinition
      return { code: `${service}.${name}`, status, title, detail, ...extras }
    },
  }
}
