/** One version of a workspace's policies. `version` is what incidents call it; results are bound to the text itself. */
export type PolicySet = { readonly version: string; readonly text: string }

/**
 * A reader that the caller has found known and active: unknown and inactive ones are refused before any policy is asked. `groups` are all groups and
 * containers that cover the reader, at any depth; `public`, `workspace:members` and `guests` are added here.
 */
export type PolicyReader = {
  readonly name: string
  readonly kind: 'user' | 'service'
  readonly guest: boolean
  readonly groups: readonly string[]
  readonly clearances: readonly string[]
}

/** Who asks, through which agents (their names), and for what purpose. */
export type PolicyAsker = {
  readonly reader: PolicyReader
  readonly agents: readonly string[]
  readonly purpose?: string
}

/** Everything about a passage that policies look at. `labels` may leave out the document's own: the union is made here. */
export type PolicySignature = {
  readonly dataSourceId: string
  readonly space: string
  readonly documentLabels: readonly string[]
  readonly labels: readonly string[]
}

export type PolicyTool = { readonly name: string }
/** `name` is `provider/name`. */
export type PolicyModel = { readonly name: string; readonly provider: string; readonly hosting: string }

/** A `forbid` that holds, or an error, which forbids as well. An empty list of hits is no objection. */
export type PolicyHit = { readonly policyId: string } | { readonly policyId?: string; readonly error: string }

/** What stands against reading the document and against using the passage. */
export type SignatureHits = { readonly read: readonly PolicyHit[]; readonly use: readonly PolicyHit[] }

/** An evaluation that went wrong and so denied. `count` is how many questions of one call met it. */
export type PolicyIncident = {
  readonly version: string
  readonly policyId?: string
  readonly error: string
  readonly count: number
}

/** The groups of a reader with those that every workspace has (ACCESS.md section 1). */
export function groupsOf({ kind, guest, groups }: PolicyReader): string[] {
  const everybody = guest ? 'guests' : kind === 'user' ? 'workspace:members' : undefined
  return [...groups, 'public', ...(everybody ? [everybody] : [])]
}
