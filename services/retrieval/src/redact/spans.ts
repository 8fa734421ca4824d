/** A stretch of a text that a label marks, in UTF-16 units, `end` not included. `kind` is what stands in its place. */
export type Span = {
  readonly start: number
  readonly end: number
  readonly label: string
  readonly kind: string
}
