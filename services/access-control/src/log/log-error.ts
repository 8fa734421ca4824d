/** The decision log cannot be written. Nothing may be answered then. */
export class LogError extends Error {
  constructor(cause: unknown) {
    super('The decision log cannot be written', { cause })
  }
}
