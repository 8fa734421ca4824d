import { labelSet, type PolicyJudgement } from '../decide/facts.ts'
import type { PolicyAsker, PolicySet, PolicySignature } from '../policies/engine/questions.ts'
import { noObjection, type PolicyJudge } from '../policies/policy-judge.ts'
import { type Facts, type LoadedReader, passageIn } from './loaded-facts.ts'

/** A document or passage that the policies are asked about; `labels` come on top of those in force. */
export type Judged = { readonly documentId: string; readonly passageId?: string; readonly labels?: readonly string[] }

export type Asking = { readonly reader: LoadedReader; readonly purpose: string | undefined }

/**
 * What the policies say about each of these, for one reader. Signatures are few, so each is judged once, and not again for a reader who is remembered as they
 * are: another membership, clearance or policy makes another reader (`rememberFacts`).
 */
export async function judgementsOf(
  judge: Pick<PolicyJudge, 'judge'>,
  policies: PolicySet | undefined,
  facts: Pick<Facts, 'documents' | 'passages'>,
  { reader, purpose }: Asking,
  asked: readonly Judged[],
): Promise<(judged: Judged) => PolicyJudgement> {
  if (!policies || reader.state !== 'active') return () => noObjection
  const known = knownJudgements(reader, `${policies.version} ${purpose ?? ''}`)
  const keys = new Map<Judged, string>()
  const open = new Map<string, PolicySignature>()
  for (const one of asked) {
    const key = policyKey(facts, one)
    if (key === undefined) continue
    keys.set(one, key)
    const signature = known.has(key) || open.has(key) ? undefined : policySignature(facts, one)
    if (signature) open.set(key, signature)
  }
  const now = new Map<string, PolicyJudgement>()
  if (open.size > 0) {
    const found = await judge.judge(policies, askerOf(reader, purpose), [...open.values()])
    for (const [index, key] of [...open.keys()].entries()) {
      const judgement = found[index]
      if (!judgement) continue
      const lasting = !judgement.failed && known.size < REMEMBERED_SIGNATURES
      const kept = lasting ? known : now
      kept.set(key, judgement)
    }
  }
  return (one) => {
    const key = keys.get(one) ?? policyKey(facts, one) ?? ''
    return known.get(key) ?? now.get(key) ?? noObjection
  }
}

const REMEMBERED_SIGNATURES = 1_000
const remembered = new WeakMap<LoadedReader, { asked: string; judgements: Map<string, PolicyJudgement> }>()

/** Of this very reader, as asked last. */
function knownJudgements(reader: LoadedReader, asked: string): Map<string, PolicyJudgement> {
  const known = remembered.get(reader)
  if (known?.asked === asked) return known.judgements
  const judgements = new Map<string, PolicyJudgement>()
  remembered.set(reader, { asked, judgements })
  return judgements
}

/** A reader as policies see them. */
export const askerOf = (reader: LoadedReader, purpose: string | undefined): PolicyAsker => ({
  reader: { ...reader, clearances: [...reader.clearances] },
  agents: reader.actors.map(({ name }) => name),
  ...(purpose === undefined ? {} : { purpose }),
})

/** The same for the same signature. */
function policyKey(facts: Pick<Facts, 'documents' | 'passages'>, judged: Judged): string | undefined {
  const document = facts.documents.get(judged.documentId)
  if (!document) return undefined
  const { dataSourceId, space, labels } = document
  return [dataSourceId, space, labels.join(' '), ownLabels(facts, judged).join(' '), ...(judged.labels ?? [])].join(
    '\n',
  )
}

const ownLabels = (facts: Pick<Facts, 'passages'>, { documentId, passageId }: Judged): readonly string[] =>
  passageId === undefined ? [] : (passageIn(facts, { documentId, passageId })?.labels ?? [])

/** What policies look at; undefined for a document that is not known. */
export function policySignature(
  facts: Pick<Facts, 'documents' | 'passages'>,
  judged: Judged,
): PolicySignature | undefined {
  const document = facts.documents.get(judged.documentId)
  if (!document) return undefined
  return {
    dataSourceId: document.dataSourceId,
    space: document.space,
    documentLabels: document.labels,
    labels: labelSet(document.labels, ownLabels(facts, judged), judged.labels ?? []),
  }
}
