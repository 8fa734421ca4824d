import type { FieldError } from '@tessera/shared/fault/fault'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ModelRequest } from './model-request.ts'

/** Fastify's own validator library; here it judges schemas alone, and no value by them. */
const ajv = new Ajv2020({ strict: false })

/** A schema with its place in the body. */
export type Placed = { readonly field: string; readonly schema: unknown }

/** Which of these are no JSON Schemas (2020-12). */
export const invalidSchemas = (schemas: readonly Placed[]): FieldError[] =>
  schemas.flatMap(({ field, schema }) => {
    if (ajv.validateSchema(schema as object)) return []
    const [error] = ajv.errors ?? []
    return [
      { field: `${field}${error?.instancePath ?? ''}`, rule: `${error?.message ?? 'is no schema'} (JSON Schema)` },
    ]
  })

/** The same for the arguments of tools, which are an object. */
export const invalidParameters = (schemas: readonly Placed[]): FieldError[] => [
  ...invalidSchemas(schemas),
  ...schemas.flatMap(({ field, schema }) => {
    const { type = 'object' } = schema as { type?: unknown }
    return type === 'object' ? [] : [{ field: `${field}/type`, rule: 'must be "object"' }]
  }),
]

/** Two tools of one name could not be told apart. */
export const repeatedNames = (names: readonly { readonly field: string; readonly name: string }[]): FieldError[] =>
  names.flatMap(({ field, name }, at) =>
    names.findIndex((other) => other.name === name) < at ? [{ field, rule: 'must be no other tool’s name' }] : [],
  )

/** A call that is demanded needs a tool that is there. The field has the same name in every API. */
export function invalidChoice({ tools = [], toolChoice }: ModelRequest): FieldError[] {
  const field = '/tool_choice'
  if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return []
  if (tools.length === 0) return [{ field, rule: 'demands a call, and there are no tools' }]
  const isThere = toolChoice === 'required' || tools.some(({ name }) => name === toolChoice.name)
  return isThere ? [] : [{ field, rule: 'must name one of the tools' }]
}
