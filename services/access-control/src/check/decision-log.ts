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

/** That nobody counted as cleared for so many labels: without it, who reads the row would look for a clearance that was not missing. */
export const notedUncleared = (labels: readonly string[]): Pick<About, 'details'> =>
  labels.length === 0 ? {} : { details: { unclearedLabels: labels.length } }

type Decided = {
  readonly documentId: string
  readonly passageId?: string
  readonly decision: Decision
  /** What the text carried that was given out; they count wherever it goes on to (ACCESS.md section 7). */
  readonly labels?: readonly string[]
}

/** Passages of one document that were decided alike share an entry. */
export function decidedDocuments(decisions: readonly Decided[]): DecidedDocument[] {
  const documents = Map.groupBy(decisions, ({ documentId }) => documentId)
  // Most queries ask for one passage of a document, and a key takes longer than a decision.
  return [...documents.values()].flatMap((decided) =>
    (decided.length === 1 ? [decided] : [...Map.groupBy(decided, alikeKey).values()]).flatMap(entryOf),
  )
}

const alikeKey = ({ decision: { allowed, view, reasons }, labels = [] }: Decided) =>
  [allowed, view, ...reasons.map(({ code, name = '' }) => `${code} ${name}`), '', ...labels].join('\n')

function entryOf(alike: readonly Decided[]): DecidedDocument[] {
  const [first] = alike
  if (!first) return []
  const { labels = [] } = first
  const { allowed, view, reasons } = first.decision
  const marks = reasons.flatMap(({ code, name }) => (code === 'break-glass' && name ? [name] : []))
  return [
    {
      documentId: first.documentId,
      passages: [...new Set(alike.flatMap(({ passageId }) => (passageId === undefined ? [] : [passageId])))],
      decision: allowed ? 'allowed' : 'refused',
      view,
      reasons: [...new Set(reasons.map(({ code }) => code))],
      ...(marks.length > 0 ? { marks } : {}),
      ...(allowed && labels.length > 0 ? { labels } : {}),
    },
  ]
}
