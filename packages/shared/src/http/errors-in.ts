import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

type Errors = ReturnType<typeof Value.Errors>

/** Of a schema, what is looked at here. */
type Shape = {
  readonly anyOf?: readonly Shape[]
  readonly type?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
}
type Members = Readonly<Record<string, unknown>>

/** More of them help nobody. */
const MAX_ERRORS = 20

/**
 * What is wrong with a value, told as whoever wrote it thinks: where a schema has alternatives, only of the one that was meant. Objects tell which one by the
 * fields that are constants (`type`, `role`).
 */
export const errorsIn = (schema: TSchema, value: unknown): Errors => errorsAt(schema, value, '').slice(0, MAX_ERRORS)

function errorsAt(schema: Shape, value: unknown, path: string): Errors {
  const meant = meantBy(value, alternativesOf(schema))
  if (Array.isArray(meant)) return placed(Value.Errors({ anyOf: meant.map(shallow) } as TSchema, value), path)
  if ('unknownField' in meant)
    return errorsAt(meant.schema, (value as Members)[meant.unknownField], `${path}/${meant.unknownField}`)
  const { properties, items } = meant
  if (properties && isObject(value)) {
    const nested = Object.entries(properties).flatMap(([name, property]) =>
      value[name] === undefined ? [] : errorsAt(property, value[name], `${path}/${escaped(name)}`),
    )
    return [...placed(Value.Errors(shallow(meant) as TSchema, value), path), ...nested]
  }
  if (items && Array.isArray(value)) {
    const nested = value.flatMap((item, index) => errorsAt(items, item, `${path}/${index}`))
    return [...placed(Value.Errors(shallow(meant) as TSchema, value), path), ...nested]
  }
  return placed(Value.Errors(meant as TSchema, value), path)
}

const alternativesOf = (schema: Shape): Shape[] => schema.anyOf?.flatMap(alternativesOf) ?? [schema]

/** The alternative that was meant, those that may have been, or the field whose value is none of any alternative. */
function meantBy(value: unknown, alternatives: Shape[]): Shape | Shape[] | { unknownField: string; schema: Shape } {
  const [only] = alternatives
  if (only && alternatives.length === 1)
    return isOfType(only, value) ? only : { unknownField: 'type', schema: only.properties?.['type'] ?? {} }
  const ofType = alternatives.filter((schema) => typeOf(schema) === kindOf(value))
  const [first, ...others] = ofType
  if (!first) return alternatives
  if (others.length === 0) return first
  if (!isObject(value)) return ofType
  const matching = ofType.filter((schema) =>
    markersOf(schema).every(
      ([name, marker]) => value[name] === undefined || Value.Check(marker as TSchema, value[name]),
    ),
  )
  if (matching.length > 0) return matching.toSorted((a, b) => missing(a, value) - missing(b, value))[0] ?? first
  const [name] = markersOf(first)[0] ?? []
  if (name === undefined) return first
  return { unknownField: name, schema: { anyOf: ofType.flatMap((schema) => schema.properties?.[name] ?? []) } }
}

/** Whether something that says its type says that of the schema; any other error would be about something else. */
const isOfType = ({ properties }: Shape, value: unknown) => {
  const type = properties?.['type']
  if (!type || !isObject(value) || typeof value['type'] !== 'string') return true
  const named = alternativesOf(type).flatMap((schema) => (schema.const === undefined ? [] : [schema.const]))
  return named.length === 0 || named.includes(value['type'])
}

/** The fields that tell an alternative from the others: constants, and choices of constants. */
const markersOf = ({ properties = {} }: Shape): [string, Shape][] =>
  Object.entries(properties).filter(([, property]) =>
    alternativesOf(property).every((schema) => typeof schema.const === 'string'),
  )

const missing = ({ properties = {} }: Shape, value: Members) =>
  Object.keys(value).filter((name) => !(name in properties)).length

/** The schema of a value without what is within it. */
function shallow(schema: Shape): Shape {
  const { properties, items } = schema
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(Object.keys(properties).map((name) => [name, {}])) }),
    ...(items && { items: {} }),
  }
}

const typeOf = (schema: Shape) =>
  schema.const === undefined ? (schema.type === 'integer' ? 'number' : schema.type) : kindOf(schema.const)

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

const isObject = (value: unknown): value is Members => kindOf(value) === 'object'

const placed = (errors: Errors, path: string): Errors =>
  errors.map((error) => ({ ...error, instancePath: `${path}${error.instancePath}` }))

/** As JSON pointers escape names (RFC 6901). */
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
