import { problems } from '@tessera/shared/http/problem'
import { type TObject, Type } from 'typebox'

/** Every read takes it. What is decided from the facts of now holds it as it is; the search index waits for it. */
export const readHeaders = Type.Object({
  'tessera-at-least': Type.Optional(
    Type.String({ maxLength: 200, description: 'A `Tessera-Revision` of this workspace: see at least that change.' }),
  ),
})

/** For what asks in somebody's name: what for. */
export const purposeHeaders = Type.Object({
  'tessera-purpose': Type.Optional(
    Type.String({
      maxLength: 63,
      description:
        'What the request is for: one of the purposes of the key or of the agent. Absent: the first of them.',
    }),
  ),
})

/** A past moment to answer for. */
export const pastMoment = {
  at: Type.Optional(
    Type.String({ maxLength: 200, description: 'A `Tessera-Revision` of this workspace: as it was then.' }),
  ),
  atTime: Type.Optional(Type.String({ format: 'date-time', description: 'The same by time (RFC 3339); `at` wins.' })),
}

export const repeatHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'Of your own making, one for each request, such as a UUID. The same request again under the same key gets the same answer, for a day; another request gets 409.',
    }),
  ),
})

export const readProblems = problems(400, 401, 403, 404, 429, 503)
/** Of questions, which change nothing and are sent as bodies. */
export const questionProblems = problems(400, 401, 403, 404, 409, 413, 429, 503)
export const writeProblems = problems(400, 401, 403, 404, 409, 413, 429, 503)

/** The body of what takes an idempotency key, which comes in its header. */
export const unkeyed = <I extends TObject>(input: I) => Type.Omit(input, ['idempotencyKey'])

/** Where a token of a revision is shown in a body. */
export const RevisionToken = Type.String({ description: 'A `Tessera-Revision`, such as `at` takes.' })

/** An operation's output as clients get it: the revision goes into a header. */
export const shown = <O extends TObject>(output: O) => Type.Omit(output, ['revision'])

export const noContent = Type.Null({ description: 'Done. `Tessera-Revision` names the revision it is in force at.' })
