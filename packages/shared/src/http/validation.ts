import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { FieldError } from '../fault/fault.ts'
import { errorsIn } from './errors-in.ts'
import { strict } from './strict.ts'

/** Thrown by validation; the error handler makes `http.invalid-request` of it. */
export class InvalidRequest extends Error {
  readonly errors: FieldError[]
  /** The part of the request; set by Fastify. */
  validationContext?: string
  constructor(errors: FieldError[]) {
    super('The request is not valid')
    this.errors = errors
  }
}

/**
 * Checks each part of a request with TypeBox. Bodies are taken as they are: nothing is coerced, nothing dropped, an unknown field is an error that
 * names it. Query and path parameters are texts, so those that the schema wants as numbers or booleans are read as such first.
 * Headers are open, since everybody adds some.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const checked = httpPart === 'headers' ? schema : strict(schema)
  const validator = Compile(checked)
  const isText = httpPart !== 'body'
  return (data: unknown) => {
    const value = isText ? readTexts(checked, data) : data
    if (validator.Check(value)) return { value }
    return { error: new InvalidRequest(fieldErrors(errorsIn(checked, value), httpPart)) }
  }
}

type Hints = { type?: string; properties?: Record<string, Hints> }

function readTexts(schema: TSchema, data: unknown): unknown {
  const { properties = {} } = schema as Hints
  const values: Record<string, unknown> = { ...(data as Record<string, unknown>) }
  for (const [name, property] of Object.entries(properties)) {
    const text = values[name]
    if (typeof text === 'string') values[name] = readText(text, property)
  }
  return values
}

function readText(text: string, { type }: Hints): unknown {
  if (type === 'integer' || type === 'number') return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  // A list of one is written as any other parameter is.
  if (type === 'array') return [text]
  return text
}

type ValidationError = ReturnType<ReturnType<typeof Compile>['Errors']>[number]

/** One rule per field; the alternatives of a union become one rule that lists them. */
export function fieldErrors(errors: readonly ValidationError[], httpPart = 'body'): FieldError[] {
  const rules = new Map<string, string[]>()
  for (const error of errors) {
    for (const [path, rule] of rulesOf(error)) {
      const field = httpPart === 'body' ? path : path.slice(1)
      rules.set(field, [...(rules.get(field) ?? []), rule])
    }
  }
  return [...rules].map(([field, texts]) => ({ field, rule: joined(texts) }))
}

function rulesOf(error: ValidationError): [string, string][] {
  const at = error.instancePath
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => [`${at}/${escaped(name)}`, 'is required'])
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => [`${at}/${escaped(name)}`, 'is not a known field'])
    case 'const':
      return [[at, `must be ${JSON.stringify(error.params.allowedValue)}`]]
    case 'boolean':
    case 'anyOf':
      return []
    default:
      return [[at, error.message]]
  }
}

const joined = (rules: string[]) =>
  [...new Set(rules)].map((rule, at) => (at > 0 ? rule.replace(/^must be /, '') : rule)).join(' or ')

/** As JSON pointers escape names (RFC 6901). */
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
