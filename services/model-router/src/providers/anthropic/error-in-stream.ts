/** An error that came inside a stream, where it has a type and no status. */
export class ErrorInStream extends Error {
  readonly type: string | undefined
  constructor(type: string | undefined) {
    super('The provider sent an error inside its answer')
    this.type = type
  }
}
