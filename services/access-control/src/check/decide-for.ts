import type { Call } from '@tessera/shared/bus/call'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import { type Decision, decideDocument, decidePassage } from '../decide/decide.ts'
import { noObjection, type PolicyJudge } from '../policies/policy-judge.ts'
import { judgementsOf } from './judgements.ts'
import { loadFacts } from './load-facts.ts'
import { passageIn, type PassageKey } from './loaded-facts.ts'

type Asked = { documentId: string; passageId?: string }

/** What the caller is entitled to of one document or passage, over the facts as this transaction sees them. Not logged: for rules about writing, never for content. */
export async function decideFor(
  db: Kysely<AccessTables>,
  policies: PolicyJudge,
  { caller }: Call,
  { documentId, passageId }: Asked,
): Promise<Decision> {
  const { workspaceId, subject, actors, purpose } = caller
  const passages: PassageKey[] = passageId === undefined ? [] : [{ documentId, passageId }]
  const facts = await loadFacts(db, { workspaceId, readers: [subject], actors, documentIds: [documentId], passages })
  const reader = facts?.readers.get(subject)
  if (!facts || !reader) return { allowed: false, view: 'none', reasons: [{ code: 'unknown-principal' }] }
  const inForce = await policies.policiesOf(db, workspaceId, facts.policyVersion)
  const asked = passageId === undefined ? { documentId } : { documentId, passageId }
  const judgement = (await judgementsOf(policies, inForce, facts, { reader, purpose }, [asked]))(asked) ?? noObjection
  const document = facts.documents.get(documentId)
  if (passageId === undefined) return decideDocument(reader, document, judgement)
  const passage = passageIn(facts, { documentId, passageId })
  return decidePassage(reader, { document, passage, definitions: facts.definitions, policies: judgement })
}
