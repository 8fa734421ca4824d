import { labelSet, type PolicyJudgement } from '../decide/facts.ts'
import type { PolicyAsker, PolicySet, PolicySignature } from '../policies/engine/questions.ts'
import { noObjection, type PolicyJudge } from '../policies/policy-judge.ts'
import { type Facts, type LoadedReader, passageKey } from './loaded-facts.ts'

/** A document or passage that the policies are asked about; `labels` come on top of those in force. */
export type Judged = { readonly documentId: string; readonly passageId?: string; readonly labels?: readonly string[] }

export type Asking = { readonly reader: LoadedReader; readonly purpose: string | undefined }

/** What the policies say about each of these, for one reader. Signatures are few, so each is judged once. */
export async function judgementsOf(
  judge: Pick<PolicyJudge, 'judge'>,
  policies: PolicySet | undefined,
  facts: Pick<Facts, 'documents' | 'passages'>,
  { reader, purpose }: Asking,
  asked: readonly Judged[],
): Promise<(judged: Judged) => PolicyJudgement> {
  if (!policies || reader.state !== 'active') return () => noObjection
  const signatures = new Map<string, PolicySignature>()
  const keys = new Map<Judged, string>()
  for (const one of asked) {
    const signature = policySignature(facts, one)
    if (!signature) continue
    const key = JSON.stringify(signature)
    signatures.set(key, signature)
    keys.set(one, key)
  }
  const judgements = await judge.judge(policies, askerOf(reader, purpose), [...signatures.values()])
  const byKey = new Map([...signatures.keys()].map((key, index) => [key, judgements[index]]))
  const keyOf = (one: Judged) => keys.get(one) ?? JSON.stringify(policySignature(facts, one))
  return (one) => byKey.get(keyOf(one)) ?? noObjection
}

/** A reader as policies see them. */
export const askerOf = (reader: LoadedReader, purpose: string | undefined): PolicyAsker => ({
  reader: { ...reader, clearances: [...reader.clearances] },
  agents: reader.actors.map(({ name }) => name),
  ...(purpose === undefined ? {} : { purpose }),
})

/** What policies look at; undefined for a document that is not known. */
export function policySignature(
  { documents, passages }: Pick<Facts, 'documents' | 'passages'>,
  { documentId, passageId, labels = [] }: Judged,
): PolicySignature | undefined {
  const document = documents.get(documentId)
  if (!document) return undefined
  const own = passageId === undefined ? [] : (passages.get(passageKey({ documentId, passageId }))?.labels ?? [])
  return {
    dataSourceId: document.dataSourceId,
    space: document.space,
    documentLabels: document.labels,
    labels: labelSet(document.labels, own, labels),
  }
}
