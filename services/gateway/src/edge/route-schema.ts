import { problems } from '@tessera/shared/http/problem'
import { type TObject, Type } from 'typebox'

/** Every read takes it. What is decided from the facts of now holds it as it is; the search index waits for it. */
export const readHeaders = Type.Object({
  'tessera-at-least': Type.Optional(
    Type.String({ maxLength: 200, description: 'A `Tessera-Revision` of this workspace: see at least that change.' }),
  ),
})

export const repeatHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'The same key gives the same run.' }),
  ),
})

export const readProblems = problems(400, 401, 403, 404, 429, 503)
export const writeProblems = problems(400, 401, 403, 404, 409, 413, 429, 503)

/** An operation's output as clients get it: the revision goes into a header. */
export const shown = <O extends TObject>(output: O) => Type.Omit(output, ['revision'])

export const noContent = Type.Null({ description: 'Done. `Tessera-Revision` names the revision it is in force at.' })
