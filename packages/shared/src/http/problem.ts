import { type Static, Type } from 'typebox'
import { type Fault, FieldError } from '../fault/fault.ts'

/** An RFC 9457 problem document. `code` is what programs switch on; `traceId` is what a report should quote. */
export const Problem = Type.Object({
  type: Type.String({ description: 'Where the code is described.' }),
  title: Type.String({ description: 'Constant per code.' }),
  status: Type.Integer(),
  detail: Type.String({ description: 'What happened this time.' }),
  instance: Type.String({ description: 'The path that was asked for.' }),
  code: Type.String({ description: 'Stable: `<service>.<name>`.' }),
  traceId: Type.String(),
  errors: Type.Optional(Type.Array(FieldError)),
  retryAfterMs: Type.Optional(Type.Integer()),
  meta: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
})
export type Problem = Static<typeof Problem>

export const problemMediaType = 'application/problem+json'

/** `path` is the path without its query, so that nothing of what was asked is repeated. */
export function problemOf(fault: Fault, { path, traceId }: { path: string; traceId: string }): Problem {
  const { code, status, title, detail, errors, retryAfterMs, meta } = fault
  return {
    type: `urn:tessera:fault:${code}`,
    title,
    status,
    detail,
    instance: path,
    code,
    traceId,
    ...(errors && { errors }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(meta && { meta }),
  }
}

/** `Problem` under the name by which routes refer to it, so that a document of many routes holds it once. */
export const sharedProblem = { $id: 'Problem', ...Problem }

/** The response schemas of these statuses, for a route: `response: { 200: User, ...problems(403, 404) }`. */
export function problems<const S extends number>(...statuses: S[]) {
  const schema = { $ref: `${sharedProblem.$id}#` }
  const response = { description: 'A problem (RFC 9457).', content: { [problemMediaType]: { schema } } }
  return Object.fromEntries(statuses.map((status) => [status, response])) as Record<S, typeof response>
}
