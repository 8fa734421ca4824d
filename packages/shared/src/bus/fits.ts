import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { FieldError } from '../fault/fault.ts'
import { fail, ok, type Failure } from '../fault/result.ts'
import { busFaults } from './faults.ts'

const compiled = new WeakMap<TSchema, Validator>()

/**
 * Whether a value fits a schema of a contract. Unlike HTTP, fields that the schema does not know are no error here, whatever its
 * `additionalProperties` says, and stay in the value: a rolling deploy has newer senders (docs/decisions, unknown fields on the bus).
 * Each schema is compiled once per process, at its first use.
 */
export function fits(
  schema: TSchema,
  value: unknown,
  what: string,
): { ok: true; value: undefined } | Failure<Mismatch> {
  let validator = compiled.get(schema)
  if (!validator) compiled.set(schema, (validator = Compile(lenient(schema) as TSchema)))
  if (validator.Check(value)) return ok()
  const errors = validator.Errors(value).slice(0, 5).flatMap(fieldErrors)
  const first = errors[0]
  const where = first ? `: ${first.field || 'the whole'} ${first.rule}` : ''
  return fail(busFaults.fault('contract-mismatch', `${what} does not fit${where}.`, { errors }))
}

type Mismatch = ReturnType<typeof busFaults.fault<'contract-mismatch'>>

type SchemaError = { keyword: string; instancePath: string; message: string; params: object }

/** Only places and rules: what the fields hold may be a secret. */
function fieldErrors(error: SchemaError): FieldError[] {
  if (error.keyword !== 'required') return [{ field: error.instancePath, rule: error.message }]
  const missing = (error.params as { requiredProperties?: readonly string[] }).requiredProperties ?? []
  return missing.map((name) => ({ field: `${error.instancePath}/${name}`, rule: 'is missing' }))
}

/** The schema without `additionalProperties: false` in any depth. */
function lenient(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lenient)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(schema)) {
    if ((name === 'additionalProperties' || name === 'unevaluatedProperties') && value === false) continue
    // A constant or an enumeration holds values, not schemas.
    copy[name] = name === 'const' || name === 'enum' || name === 'default' ? value : lenient(value)
  }
  // TypeBox marks its schemas by properties that do not enumerate (`~kind`, `~optional`).
  for (const name of Object.getOwnPropertyNames(schema)) {
    if (name in copy || Object.prototype.propertyIsEnumerable.call(schema, name)) continue
    Object.defineProperty(copy, name, { value: (schema as Record<string, unknown>)[name] })
  }
  return copy
}
