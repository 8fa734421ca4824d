import { type Static, Type } from 'typebox'

/**
 * Who a call is made for. It says who, never what is allowed.
 * `subject` is the person or service account that began it (`user:usr_…`, `service:svc_…`), a service acting for itself
 * (`system:retrieval`), or a data source (`connector:src_…`); `actors` is the chain that acts for it, outermost last (`agent:agt_…`, or the app that exchanged a token: `service:svc_…`).
 */
export const Caller = Type.Object({
  workspaceId: Type.String(),
  subject: Type.String(),
  actors: Type.Array(Type.String(), { maxItems: 16 }),
  scopes: Type.Array(Type.String(), { maxItems: 64 }),
  /** What the call is for, where its key or agent states a list of purposes. */
  purpose: Type.Optional(Type.String()),
  /** The API key that it came in with. */
  keyId: Type.Optional(Type.String()),
  /**
   * Who the caller is was found out at this revision of their workspace, and not again for this request: whoever acts on it first asks whether it is still the present one.
   * Absent: it was found out for this request.
   */
  revision: Type.Optional(Type.Integer()),
})
export type Caller = Static<typeof Caller>

/** The circumstances of one call. A handler receives one and passes it on to what it calls, so that deadline, cancel and caller travel. */
export type Call = {
  readonly caller: Caller
  /** The signed form of `caller`, as it crosses the bus. Believed for a minute: what goes on for longer signs anew with `callFor`. */
  readonly assertion: string
  /** Unix time in milliseconds after which nobody waits for the answer. */
  readonly deadlineMs: number
  /** Aborts when the caller has left or the deadline has passed. */
  readonly signal: AbortSignal
  /** Aborts when the caller has left, for the bus, which keeps the deadline of each call itself. Absent: nobody can leave. */
  readonly left: AbortSignal | undefined
}
