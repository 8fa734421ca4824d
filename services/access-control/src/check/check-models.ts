import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import type { Call } from '@tessera/shared/bus/call'
import type { EntitledView } from '@tessera/shared/contracts/access-control/common'
import type { AccessTables } from '../database.ts'
import { isAtMost, labelSet, type LabelDefinitions } from '../decide/facts.ts'
import { noWorkspace, unknown } from '../faults.ts'
import { findDefinitions } from '../labels/labels.store.ts'
import type { Make } from '../handler.ts'
import { aliasOf } from '../log/aliases.ts'
import { labelOfName } from '../log/entry.ts'
import { resolveAliases } from '../log/resolve-aliases.ts'
import { documentsOf, type LoggedDocument } from '../log/row.ts'
import { coveringNames } from './covering.ts'
import { loadFacts } from './load-facts.ts'
import { passageIn, type PassageKey } from './loaded-facts.ts'
import { refusal } from './refusal.ts'

/** What a decision gave out, by its own ids again, with the labels that it carried then. */
type Given = PassageKey & { view: EntitledView; labels: readonly string[] }

/**
 * The labels that text from these decisions carries (ACCESS.md section 7), those of then and of now together: they are read from the log, so that no caller
 * states them; what one adds comes on top. A passage may be gone by now, or its document cleaned; the text is what it was. A label counts unless what was given out is at or below its own
 * `below`, and was made for it. What can't be resolved any more (erased since) can't be vouched for, and is not found.
 */
export const checkModels: Make<'checkModels'> = ({ db, policies }) =>
  async function checkModels({ decisionIds, models, names = [], labels: added = [], rawLabels = [] }, call) {
    const { workspaceId, subject, actors } = call.caller
    const given = await givenBy(db, workspaceId, [...new Set(decisionIds)])
    if (!given) return fail(unknown('decision'))
    const facts = await loadFacts(db, {
      workspaceId,
      readers: [subject],
      actors,
      documentIds: [...new Set(given.map(({ documentId }) => documentId))],
      passages: given,
    })
    if (!facts) return fail(noWorkspace())
    const refused = refusal(facts, subject)
    if (refused) return fail(refused)
    const definitions = await definitionsFor(db, workspaceId, facts.definitions, given)
    const counted = given.flatMap((entry) => {
      const document = facts.documents.get(entry.documentId)?.labels ?? []
      const own = passageIn(facts, entry)?.labels ?? []
      return labelSet(document, own, entry.labels).filter((label) => counts(label, entry, definitions))
    })
    const ofKey = await labelsOfKey(db, call)
    const unclassified = decisionIds.length === 0 && ofKey.length === 0 ? rawLabels : []
    const labels = labelSet(counted, ofKey, unclassified, added)
    const inForce = await policies.policiesOf(db, workspaceId, facts.policyVersion)
    const forbidden = await Promise.all(
      models.map(async ({ model, provider, hosting }) => ({
        model,
        policyIds: [...(await policies.judgeModel(inForce, { name: model, provider, hosting }, labels))],
      })),
    )
    return ok({
      labels,
      covering: await namesCovering(db, call, names),
      forbidden: forbidden.filter(({ policyIds }) => policyIds.length > 0),
      revision: facts.revision,
    })
  }

/** Those that were loaded with what a text was made from do, unless it carried others then. */
async function definitionsFor(
  db: Kysely<AccessTables>,
  workspaceId: string,
  loaded: LabelDefinitions,
  given: readonly Given[],
): Promise<LabelDefinitions> {
  const known = given.every(({ labels }) => labels.every((label) => loaded.has(label)))
  return known ? loaded : findDefinitions(db, workspaceId)
}

/** What was masked was masked for the labels of then. */
const counts = (label: string, { view, labels }: Given, definitions: LabelDefinitions) =>
  !labels.includes(label) || !isAtMost(view, definitions.get(label)?.below ?? 'none')

/** Undefined where a decision is not one of this workspace, or names what can't be resolved. */
async function givenBy(
  db: Kysely<AccessTables>,
  workspaceId: string,
  ids: readonly string[],
): Promise<Given[] | undefined> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('log_rows')
    .select('body')
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', [...ids])
    .where('kind', 'in', ['passages', 'read-sets'])
    .execute()
  if (rows.length < ids.length) return undefined
  const logged = rows.flatMap(({ body }) => documentsOf(body)).filter(({ decision }) => decision === 'allowed')
  const resolved = await resolveAliases(
    db,
    workspaceId,
    logged.flatMap(({ document, labels = [] }) => [document, ...labels]),
  )
  const documentOf = ({ document }: LoggedDocument) => {
    const found = resolved.get(document)
    return found?.kind === 'document' ? found.documentId : undefined
  }
  const labelsOf = ({ labels = [] }: LoggedDocument) =>
    labels.map((alias) => {
      const found = resolved.get(alias)
      return found?.kind === 'name' ? labelOfName(found.name) : undefined
    })
  if (logged.some((entry) => [documentOf(entry), ...labelsOf(entry)].includes(undefined))) return undefined
  const passages = await labelledPassages(db, workspaceId, [
    ...new Set(logged.flatMap((entry) => documentOf(entry) ?? [])),
  ])
  return logged.flatMap((entry) => {
    const documentId = documentOf(entry) ?? ''
    const mine = passages.filter(
      (passage) => passage.documentId === documentId && entry.passages.includes(passage.alias),
    )
    const view = entry.view as EntitledView
    const labels = labelsOf(entry).filter((label) => label !== undefined)
    // One without a passage of its own stands for those that carry no label of their own now.
    return ['', ...mine.map(({ passageId }) => passageId)].map((passageId) => ({ documentId, passageId, view, labels }))
  })
}

/** Passages with labels of their own, under the aliases that they have in the log. */
async function labelledPassages(db: Kysely<AccessTables>, workspaceId: string, documentIds: readonly string[]) {
  const { rows } = await sql<{ documentId: string; passageId: string; salt: string }>`
    select distinct p.document_id as "documentId", p.passage_id as "passageId", d.log_salt as salt
    from passage_facts p join documents d on d.workspace_id = p.workspace_id and d.document_id = p.document_id
    where p.workspace_id = ${workspaceId} and p.document_id = any(${[...documentIds]}::text[]) and p.to_rev is null
      and d.log_salt is not null`.execute(db)
  return rows.map((row) => ({ ...row, alias: aliasOf(row.salt, row.passageId) }))
}

/** The class that the caller's key is registered for: it adds to what is in force, never takes away. */
async function labelsOfKey(db: Kysely<AccessTables>, { caller }: Call): Promise<readonly string[]> {
  if (caller.keyId === undefined) return []
  const key = await db
    .selectFrom('api_keys')
    .select('labels')
    .where('workspace_id', '=', caller.workspaceId)
    .where('id', '=', caller.keyId)
    .executeTakeFirst()
  return key?.labels ?? []
}

/** Which of these names cover the caller, at any depth. Read after the facts, so that it is never older than the revision that is stated. */
async function namesCovering(db: Kysely<AccessTables>, { caller }: Call, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const { rows } = await sql<{ name: string }>`${prepared}
    with recursive ${coveringNames(caller.workspaceId, [caller.subject])}
    select distinct name from covering where name = any(${[...names]}::text[])`.execute(db)
  return rows.map(({ name }) => name)
}
