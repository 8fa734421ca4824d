import { type Static, Type } from 'typebox'
import { Name, Revision } from '../names.ts'

export const Role = Type.Union([
  Type.Literal('admin'),
  Type.Literal('auditor'),
  Type.Literal('builder'),
  Type.Literal('member'),
])
export type Role = Static<typeof Role>
/** What one may do with an agent (ACCESS.md section 3). They decide about our surfaces, not about documents. */
export const AgentVerb = Type.Union([
  Type.Literal('run'),
  Type.Literal('read'),
  Type.Literal('edit'),
  Type.Literal('publish'),
  Type.Literal('administer'),
])
export type AgentVerb = Static<typeof AgentVerb>
export const AccessState = Type.Union([Type.Literal('ready'), Type.Literal('pending'), Type.Literal('quarantined')])

const word = '^[a-z][a-z0-9_.-]{0,62}$'
/** A mark on documents and passages (ACCESS.md section 4). One without a definition hides what carries it. */
export const Label = Type.String({ pattern: word, description: 'A label, such as `salary`.' })
/** What a principal holds, and a label's definition asks for. */
export const Clearance = Type.String({ pattern: word, description: 'A clearance, such as `hr`.' })
/** What a request is for. A key or an agent states which ones its requests may choose among. */
export const Purpose = Type.String({ pattern: word, description: 'A purpose, such as `support`.' })

/** How much of a passage somebody is entitled to. In order: `none` < `digest` < `redacted` < `full`. */
export const EntitledView = Type.Union([
  Type.Literal('none'),
  Type.Literal('digest'),
  Type.Literal('redacted'),
  Type.Literal('full'),
])
export type EntitledView = Static<typeof EntitledView>

/** Why (ACCESS.md section 9). `content-version` is about a row or a text, the others about the document or passage. */
export const ReasonCode = Type.Union([
  Type.Literal('allow'),
  Type.Literal('deny'),
  Type.Literal('policy'),
  Type.Literal('gate'),
  Type.Literal('no-grant'),
  Type.Literal('deactivated'),
  Type.Literal('unknown-principal'),
  Type.Literal('unknown-document'),
  Type.Literal('state'),
  Type.Literal('label'),
  Type.Literal('agent-scope'),
  Type.Literal('break-glass'),
  Type.Literal('content-version'),
])
export type ReasonCode = Static<typeof ReasonCode>

export const Written = Type.Object({ revision: Revision })
export const listOf = <T extends Parameters<typeof Type.Array>[0]>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()), revision: Revision })
export const atLeast = { atLeast: Type.Optional(Revision) }
/** A past moment to answer for; absent: now. A revision wins over a time. Past ones serve explanations and audit, never content. */
export const asOf = {
  atRevision: Type.Optional(Revision),
  atTime: Type.Optional(Type.String({ format: 'date-time' })),
}
/** Who asks, and through whom: the reader, then the whole chain that acts for them. */
export const Asker = {
  reader: Name,
  actors: Type.Optional(Type.Array(Name, { maxItems: 16, description: 'Agents and apps that act for the reader.' })),
  purpose: Type.Optional(Purpose),
}
