import type { TSchema } from 'typebox'

type Raw = Record<string, unknown>

/**
 * The same schema with every object in it closed: a field that the schema doesn't name is an error. The contracts leave objects open, because
 * bus receivers ignore fields of newer senders; HTTP closes them. An object that says itself what else it takes is left as it is.
 */
export function strict<S extends TSchema>(schema: S): S {
  return closed(schema) as S
}

function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(closed)
  const copy: Raw = { ...(schema as Raw) }
  if (copy.items !== undefined) copy.items = closed(copy.items)
  if (copy.anyOf !== undefined) copy.anyOf = closed(copy.anyOf)
  for (const key of ['properties', 'patternProperties']) if (copy[key]) copy[key] = closedValues(copy[key] as Raw)
  if (copy.properties && copy.additionalProperties === undefined && !copy.patternProperties)
    copy.additionalProperties = false
  return copy
}

const closedValues = (schemas: Raw) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]))
