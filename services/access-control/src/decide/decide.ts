import type { Agent, DocumentFacts, FormerFacts, Lists, Reader } from './facts.ts'

/** Why (ACCESS.md section 9). `content-version` is about a row or a text, the others about the document. */
export type ReasonCode =
  | 'allow'
  | 'deny'
  | 'gate'
  | 'no-grant'
  | 'deactivated'
  | 'unknown-principal'
  | 'unknown-document'
  | 'state'
  | 'agent-scope'
  | 'content-version'

/** `name` is the entry, the state or the agent that decided; absent where the code says it all. */
export type Reason = { readonly code: ReasonCode; readonly name?: string }
export type Decision = {
  readonly allowed: boolean
  /** The entitled view. Until labels exist, what can be read can be read in full. */
  readonly view: 'full' | 'none'
  readonly reasons: readonly Reason[]
}

/** Whether the reader, with everybody who acts for them, reads this document now. */
export function decideDocument(reader: Reader, document: DocumentFacts | undefined): Decision {
  const unfit = unfitReader(reader)
  if (unfit) return refuse([unfit])
  if (!document) return refuse([{ code: 'unknown-document' }])
  const against = [
    ...stateReasons(document),
    ...negativeReasons(reader, document),
    ...reader.agents.flatMap((agent) => agentReasons(agent, document)),
  ]
  return concluded(reader, document, against)
}

/** Whether a row of this content version may be served: only the current one, so that old text never goes out under new facts. */
export function decidePassage(reader: Reader, document: DocumentFacts | undefined, contentVersion: string): Decision {
  const decision = decideDocument(reader, document)
  return decision.allowed && document?.contentVersion !== contentVersion
    ? refuse([{ code: 'content-version' }])
    : decision
}

/**
 * Whether a text made from this content version may be opened now (ACCESS.md section 6): the reader reads the document now and, once that version is
 * no longer current, also passes the lists and gates that stood when it last was, with today's memberships. `former` is undefined where the version
 * was never known; facts that were not ready then (such as a quarantine for a missing deny) vouch for nobody.
 */
export function decideReadSetEntry(
  reader: Reader,
  document: DocumentFacts | undefined,
  contentVersion: string,
  former: FormerFacts | undefined,
): Decision {
  const now = decideDocument(reader, document)
  if (!now.allowed || document?.contentVersion === contentVersion) return now
  if (!former) return refuse([{ code: 'content-version' }])
  const against = [
    ...(former.state === 'ready' ? [] : [{ code: 'state', name: former.state } as const]),
    ...negativeReasons(reader, former),
    ...reader.agents.flatMap(({ name }) => deniedAgent(name, former)),
  ]
  return concluded(reader, former, against)
}

function unfitReader({ state }: Reader): Reason | undefined {
  if (state === 'deactivated') return { code: 'deactivated' }
  return state === 'active' ? undefined : { code: 'unknown-principal' }
}

function stateReasons({ state, stale }: DocumentFacts): Reason[] {
  if (state !== 'ready') return [{ code: 'state', name: state }]
  return stale ? [{ code: 'state', name: 'stale' }] : []
}

function negativeReasons({ names }: Reader, { deny, gates }: Lists): Reason[] {
  return [
    ...deny.filter((name) => names.has(name)).map((name) => ({ code: 'deny', name }) as const),
    ...gates.filter((name) => !names.has(name)).map((name) => ({ code: 'gate', name }) as const),
  ]
}

function agentReasons({ name, facts }: Agent, document: DocumentFacts): Reason[] {
  const covers =
    facts?.active && !facts.exceptDocumentIds.includes(document.documentId) && inScope(facts.scope, document)
  return [...deniedAgent(name, document), ...(covers ? [] : [{ code: 'agent-scope', name } as const])]
}

const deniedAgent = (name: string, { denyAgents }: Lists): Reason[] =>
  denyAgents.includes('*') || denyAgents.includes(name) ? [{ code: 'deny', name }] : []

function inScope(scope: NonNullable<Agent['facts']>['scope'], document: DocumentFacts): boolean {
  if (scope.kind === 'everything') return true
  return (
    (scope.dataSourceIds ?? []).includes(document.dataSourceId) ||
    (scope.spaces ?? []).includes(document.space) ||
    (scope.documentIds ?? []).includes(document.documentId)
  )
}

/** Deny beats allow at any distance: what speaks against is everything, and only without it do the grants count. */
function concluded({ names }: Reader, { allow }: Lists, against: readonly Reason[]): Decision {
  if (against.length > 0) return refuse(against)
  const grants = allow.filter((name) => names.has(name))
  if (grants.length === 0) return refuse([{ code: 'no-grant' }])
  return { allowed: true, view: 'full', reasons: grants.map((name) => ({ code: 'allow', name })) }
}

const refuse = (reasons: readonly Reason[]): Decision => ({ allowed: false, view: 'none', reasons })
