import { Type } from 'typebox'
import { orNull } from '../or-null.ts'

/** What the provider may say in the place of an answer that it had begun. Its message is read by nobody. */
export const StreamedError = Type.Object({
  code: orNull(Type.Union([Type.String(), Type.Number()])),
  type: orNull(Type.String()),
  param: orNull(Type.String()),
})

/** An error that came inside a stream, where it has no status of its own. */
export class ErrorInStream extends Error {
  readonly code: string | number | null | undefined
  readonly type: string | null | undefined
  readonly param: string | null | undefined
  constructor({ code, type, param }: Type.Static<typeof StreamedError>) {
    super('The provider sent an error inside its answer')
    this.code = code
    this.type = type
    this.param = param
  }
}
