import type { Call } from '@tessera/shared/bus/call'
import type { Decision } from '../decide/decide.ts'
import type { DecidedDocument, LogEntry } from '../log/entry.ts'
import type { Facts } from './loaded-facts.ts'

type About = Pick<LogEntry, 'kind' | 'operation' | 'readers' | 'queryHash' | 'filterHash' | 'documents' | 'details'>

/** The log row of a decision made over these facts. Write it with `log.append` before the answer goes out. */
export const decisionEntry = (
  { caller }: Call,
  { revision, policyVersion, salts }: Pick<Facts, 'revision' | 'policyVersion' | 'salts'>,
  about: About,
): LogEntry => ({
  workspaceId: caller.workspaceId,
  subject: caller.subject,
  actors: caller.actors,
  purpose: caller.purpose,
  revision,
  policyVersion,
  salts,
  ...about,
})

/** Passages of one document that were decided alike share an entry. */
export function decidedDocuments(
  decisions: readonly { documentId: string; passageId?: string; decision: Decision }[],
): DecidedDocument[] {
  const alike = Map.groupBy(decisions, ({ documentId, decision }) =>
    [
      documentId,
      decision.allowed,
      decision.view,
      ...decision.reasons.map(({ code, name = '' }) => `${code} ${name}`),
    ].join('\n'),
  )
  return [...alike.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { allowed, view, reasons } = first.decision
    const marks = reasons.flatMap(({ code, name }) => (code === 'break-glass' && name ? [name] : []))
    return {
      documentId: first.documentId,
      passages: [...new Set(group.flatMap(({ passageId }) => (passageId === undefined ? [] : [passageId])))],
      decision: allowed ? ('allowed' as const) : ('refused' as const),
      view,
      reasons: [...new Set(reasons.map(({ code }) => code))],
      ...(marks.length > 0 ? { marks } : {}),
    }
  })
}
