import { Type } from 'typebox'

/**
 * The name of a principal, unique in a workspace (ACCESS.md section 1). Names that a source defines carry its data source, so that
 * same-named groups of two sources never meet:
 * `user:usr_…`, `service:svc_…`, `agent:agt_…`, `space:spc_…`, `group:grp_…` (a workspace's own group),
 * `group:src_…:<native id>`, `container:src_…:<native id>`, and `identity:src_…:<native id>`: a person as a source knows them,
 * who is nobody until linked to a user. `workspace:members` covers users that are not guests, `public` every known user and service account.
 */
export const Name = Type.String({
  pattern:
    '^(workspace:members|public|(user|service|agent|space|group|container|identity):[^\\s\\u0000-\\u001f]{1,400})$',
  description: 'The name of a principal, such as `user:usr_…` or `group:src_…:engineering`.',
})

/** A principal's id inside its source, as the source spells it. */
export const NativeId = Type.String({ minLength: 1, maxLength: 300, pattern: '^[^\\s\\u0000-\\u001f]+$' })

/** The workspace's counter that every write raises. On the bus a number; at the gateway an opaque token. */
export const Revision = Type.Integer({ minimum: 0 })

/** How much of a passage a reader gets (ACCESS.md section 4). Until labels exist it is always `full`. */
export const View = Type.Union([Type.Literal('full'), Type.Literal('redacted'), Type.Literal('digest')])

export const Cursor = Type.String({ maxLength: 500 })
/** Paging of every list: `limit` rows from `cursor` on; the answer's `nextCursor` is absent on the last page. */
export const Page = {
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
}

/** Of what makes something new: the client's key, under which the same request again gets the same answer for a day. */
export const keyed = {
  idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
}

export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' })
