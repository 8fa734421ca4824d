import assert from 'node:assert/strict'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { value } from '../start-access-control.ts'
import type { Built } from './build.ts'
import { hasRedacted, heard, isActive, passageLabels, type Seen } from './reference.ts'
import type { Asker, World } from './world.ts'

/** The check and the filter, each held to the reference, for each asker and for every row that an index could hold. Returns the revision they are of. */
export async function agree(built: Built, world: World, askers: readonly Asker[], told: string): Promise<number> {
  const { access, workspace } = built
  const documentIds = built.documents.map(({ documentId }) => documentId)
  const index = value(await access.retrieval.indexFacts({ documentIds }, workspace.as('system:retrieval')))
  const revisions = await Promise.all(
    askers.map(async (asker) => {
      const [served, found] = await Promise.all([checked(built, asker), filtered(built, asker, index.documents)])
      const about = `${JSON.stringify(asker)} ${told}`
      assert.deepEqual(served.rows, expectedRows(built, world, asker), `by the check: ${about}`)
      assert.deepEqual(found, expectedFound(built, world, asker), `by the filter: ${about}`)
      return served.revision
    }),
  )
  // The service account is always answered.
  return Math.max(...revisions)
}

/** Each passage in full, and redacted as it was put last. */
const rowsOf = (built: Built) =>
  built.documents.flatMap(({ documentId, contentVersion, passages }, document) =>
    passages.flatMap(({ passageId, redacted }, passage) =>
      (['full', 'redacted'] as const).map((view) => ({
        document,
        passage,
        row: { documentId, contentVersion, passageId, view, hash: redacted.hash },
      })),
    ),
  )

/** Rows that no index should hold any more: of older versions, and with the hash of another text. */
const oldRows = (built: Built) =>
  built.documents.flatMap(({ documentId, contentVersion, formerVersions, passages: [first] }) =>
    first
      ? [
          ...formerVersions.map((former) => ({ documentId, contentVersion: former, view: 'full' as const, hash: '' })),
          { documentId, contentVersion, view: 'redacted' as const, hash: 'of another text' },
        ].map((row) => ({ ...row, passageId: first.passageId }))
      : [],
  )

export const callOf = ({ workspace, nameOf, agentNames }: Built, { reader, chain }: Asker) =>
  workspace.as(
    nameOf(reader),
    chain.map((agent) => agentNames[agent] ?? ''),
  )

export const audienceOf = ({ nameOf }: Built, { audience }: Asker) =>
  audience.length > 0 ? { audience: audience.map(nameOf) } : {}

type Answered<T> = { ok: true; value: T } | { ok: false; fault: { code: string } }

/** What was answered; undefined for a reader who gets no answer at all. A deadline that passed on a busy machine says nothing about rights. */
export async function answered<T>(ask: () => Promise<Answered<T>>, patience = 30): Promise<T | undefined> {
  const answer = await ask()
  if (answer.ok) return answer.value
  if (answer.fault.code === 'bus.timeout' && patience > 0) return answered(ask, patience - 1)
  assert.match(answer.fault.code, /^access\.(pending|deactivated|forbidden)$/)
  return undefined
}

async function checked(built: Built, asker: Asker): Promise<{ rows: string[]; revision: number }> {
  const candidates = [...rowsOf(built).map(({ row }) => row), ...oldRows(built)]
  const input = { candidates, operation: 'search' as const, ...audienceOf(built, asker) }
  const answer = await answered(() => built.access.retrieval.checkPassages(input, callOf(built, asker)))
  const rows = (answer?.allowed ?? []).map(
    ({ passageId, view, entitledView }) => `${passageId} ${view} of ${entitledView}`,
  )
  return { rows: rows.toSorted(), revision: answer?.revision ?? 0 }
}

function expectedRows(built: Built, world: World, asker: Asker): string[] {
  return rowsOf(built)
    .flatMap(({ document, passage, row }) => {
      const view = heard(world, asker, document, passage)
      const served = row.view === 'full' ? view === 'full' : isRedactedServed(built, world, document, passage, view)
      return served ? [`${row.passageId} ${row.view} of ${view}`] : []
    })
    .toSorted()
}

/** The redacted text that was put last is served while it is the one for the labels of now. */
function isRedactedServed(built: Built, world: World, document: number, passage: number, view: Seen): boolean {
  const [facts, stored] = [world.documents[document], built.documents[document]]
  const made = stored?.passages[passage]?.redacted
  if (!facts || !made || made.contentVersion !== stored?.contentVersion) return false
  const isForNow = made.labels.join(' ') === passageLabels(facts, passage).join(' ')
  return (view === 'full' || view === 'redacted') && isForNow && hasRedacted(world, document, passage)
}

/** What an index would find that holds exactly the rows which `indexFacts` describes, as retrieval makes them. */
async function filtered(built: Built, asker: Asker, index: readonly IndexFacts[]): Promise<string[]> {
  const input = audienceOf(built, asker)
  const filter = await answered(() => built.access.retrieval.readerFilter(input, callOf(built, asker)))
  return rowsOf(built)
    .flatMap(({ row }) => {
      const facts = index.find(({ documentId }) => documentId === row.documentId)
      if (!filter || !facts?.searchable || facts.awaitsPassages || facts.contentVersion !== row.contentVersion)
        return []
      const labelled = facts.passages.find(({ passageId }) => passageId === row.passageId)
      if (row.view === 'redacted' && labelled?.redactedHash !== row.hash) return []
      const pair = `${labelled?.signature ?? facts.signature}/${row.view}`
      return passes(filter, facts, pair) ? [`${row.passageId} ${row.view}`] : []
    })
    .toSorted()
}

export function passes(filter: ReaderFilter, facts: IndexFacts, pair: string): boolean {
  const { names: lists, agents, scopes, breakGlass } = filter
  const hidden = agents.length > 0 && facts.denyAgents.some((name) => name === '*' || agents.includes(name))
  const scoped = scopes.every(
    (scope) =>
      scope.kind === 'everything' ||
      scope.dataSourceIds?.includes(facts.dataSourceId) ||
      scope.spaces?.includes(facts.space) ||
      scope.documentIds?.includes(facts.documentId),
  )
  const denied = lists.some((names) => facts.deny.some((name) => names.includes(name)))
  const granted =
    lists.length > 0 &&
    lists.every((names) => facts.allow.some((name) => names.includes(name))) &&
    filter.pairs.includes(pair)
  const inEmergency =
    (breakGlass.documentIds.includes(facts.documentId) || breakGlass.spaces.includes(facts.space)) &&
    breakGlass.pairs.includes(pair)
  return (
    (granted || inEmergency) && !denied && !hidden && scoped && !filter.exceptDocumentIds.includes(facts.documentId)
  )
}

/** The one row of each passage that a search may find: that of the view that all are entitled to, where it exists. Nobody else hears of an emergency. */
function expectedFound(built: Built, world: World, asker: Asker): string[] {
  const seen = asker.audience.some((reader) => isActive(world, reader)) ? { ...world, glass: null } : world
  return rowsOf(built)
    .flatMap(({ document, passage, row }) => {
      const view = heard(seen, asker, document, passage)
      const found =
        row.view === 'full'
          ? view === 'full'
          : view === 'redacted' && isRedactedServed(built, world, document, passage, view)
      return found ? [`${row.passageId} ${row.view}`] : []
    })
    .toSorted()
}
