/** An event as it crosses the wire. */
export type WireEvent = { readonly event?: string; readonly data: unknown }

/** How one API is spoken, for the runner. */
export type Shape = {
  readonly path: string
  /** What every body needs beside the model. */
  readonly question: Readonly<Record<string, unknown>>
  /** An event in a few characters, so that a list of them can be read. */
  readonly short: (event: WireEvent) => string
  /** What holds in every stream of this API, however it goes. */
  readonly invariants: (events: readonly WireEvent[]) => void
  /** What an error says, wherever this API puts it. */
  readonly errorIn: (body: unknown) => { code: unknown; param: unknown; message: unknown }
}
