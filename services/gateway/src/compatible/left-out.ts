import type { FieldError } from '@tessera/shared/fault/fault'
import { Type } from 'typebox'

/** Fields of another API that nothing here honours, each with the values that ask for what happens anyway. */
export type LeftOut = Readonly<Record<string, readonly unknown[]>>

/** Such a field as a schema: anything may stand there, since it is refused, or dropped, by name. */
export const leftOutField = (...values: readonly unknown[]) =>
  Type.Optional(
    Type.Unknown({
      description:
        values.length === 0
          ? 'Not supported: an error, or dropped with `drop_unsupported`.'
          : `Only ${values.map((value) => JSON.stringify(value)).join(' or ')}; anything else is an error, or dropped with \`drop_unsupported\`.`,
    }),
  )

export const leftOutFields = (fields: LeftOut) =>
  Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, leftOutField(...values)]))

/** Those of them that a body asks for. */
export const askedOf = (fields: LeftOut, body: object): FieldError[] =>
  Object.entries(fields).flatMap(([name, values]) => {
    const value = (body as Record<string, unknown>)[name]
    const isDefault = value === undefined || value === null || values.some((known) => isSame(known, value))
    return isDefault ? [] : [{ field: `/${name}`, rule: ruleOf(values) }]
  })

const ruleOf = (values: readonly unknown[]) =>
  values.length === 0 ? 'is not supported' : `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
