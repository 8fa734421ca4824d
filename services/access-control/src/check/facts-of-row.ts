import { sql } from 'kysely'
import type { FactState, Layer, PrincipalState } from '../database.ts'
import {
  type Actor,
  type ActorFacts,
  type BreakGlass,
  type FormerFacts,
  inForce,
  type LabelDefinition,
  labelSet,
  type LayerFacts,
  type PassageFacts,
  type VariantFacts,
} from '../decide/facts.ts'
import { listColumn, readLines, readList } from './fact-lines.ts'
import {
  chainOf,
  type Facts,
  formerPassageKey,
  type LoadedDocument,
  type LoadedReader,
  passageKey,
  type PassageKey,
  versionKey,
} from './loaded-facts.ts'
import { standingOf, type StandingRow } from './standing.ts'

type ReaderRow = {
  name: string
  kind: 'user' | 'service'
  state: PrincipalState
  guest: boolean
  names: string[]
  groups: string[]
  clearances: string[]
  breakGlass: BreakGlass[]
  whole: boolean
}
type FormerRow = LayerFacts & { documentId: string; contentVersion: string; space: string; then: FactState }

/** What the statement of `loadFacts` answers. */
export type FactsRow = StandingRow & {
  readers: ReaderRow[] | null
  actors: (ActorFacts & { name: string })[] | null
  documents: string | null
  sources: string | null
  layers: string | null
  awaiting: string[] | null
  passages: (PassageKey & { layer: Layer; labels: string[] })[] | null
  variants: (PassageKey & VariantFacts)[] | null
  definitions: Record<string, LabelDefinition> | null
  former: FormerRow[] | null
  former_labels: (PassageKey & { contentVersion: string; labels: string[] })[] | null
}

// What the columns of the three texts are, in their order.
export const documentColumns = [
  sql<string>`d.document_id`,
  sql<string>`d.data_source_id`,
  sql<string>`coalesce(d.log_salt::text, '')`,
  sql<string>`d.index_rev::text`,
]

export const sourceColumns = [sql<string>`s.data_source_id`, sql<string>`s.space`, sql<string>`s.stale::text`]

export const layerColumns = [
  sql<string>`f.document_id`,
  sql<string>`f.layer`,
  listColumn(sql.ref('f.allow')),
  listColumn(sql.ref('f.deny')),
  listColumn(sql.ref('f.gates')),
  listColumn(sql.ref('f.deny_agents')),
  listColumn(sql.ref('f.labels')),
  sql<string>`f.state`,
  sql<string>`coalesce(f.content_version, '')`,
  sql<string>`f.whole::text`,
]

export function toFacts(row: FactsRow, readers: readonly string[], actors: readonly string[]): Facts {
  const chain = chainOf(actors, row.actors ?? [])
  const found = new Map((row.readers ?? []).map((reader) => [reader.name, reader]))
  return {
    ...standingOf(row),
    readers: new Map(readers.map((name) => [name, toReader(name, found.get(name), chain)])),
    documents: documentsOf(row),
    passages: passagesOf(row.passages ?? [], row.variants ?? []),
    definitions: new Map(Object.entries(row.definitions ?? {})),
    former: formerOf(row.former ?? []),
    formerLabels: new Map(
      [...Map.groupBy(row.former_labels ?? [], formerPassageKey)].map(([key, layers]) => [
        key,
        labelSet(...layers.map(({ labels }) => labels)),
      ]),
    ),
    salts: new Map(
      readLines(row.documents, documentColumns.length).flatMap(([documentId = '', , salt = '']) =>
        salt === '' ? [] : [[documentId, salt] as const],
      ),
    ),
  }
}

const toReader = (name: string, row: ReaderRow | undefined, actors: readonly Actor[]): LoadedReader => ({
  name,
  kind: row?.kind ?? 'user',
  state: row?.state ?? 'unknown',
  guest: row?.guest ?? false,
  names: new Set(row?.names),
  groups: row?.groups ?? [],
  clearances: new Set(row?.clearances),
  breakGlass: row?.breakGlass ?? [],
  actors,
  whole: row?.whole ?? false,
})

function documentsOf(row: FactsRow): Map<string, LoadedDocument> {
  const sources = new Map(
    readLines(row.sources, sourceColumns.length).map(([dataSourceId = '', space = '', stale]) => [
      dataSourceId,
      { dataSourceId, space, stale: stale !== 'false' },
    ]),
  )
  const layers = Map.groupBy(readLines(row.layers, layerColumns.length).map(layerOf), ({ documentId }) => documentId)
  const awaiting = new Set(row.awaiting)
  const documents = new Map<string, LoadedDocument>()
  for (const [documentId = '', dataSourceId = '', , changedRev] of readLines(row.documents, documentColumns.length)) {
    const [ofDocument, place] = [layers.get(documentId) ?? [], sources.get(dataSourceId)]
    const source = ofDocument.find(({ layer }) => layer === 'source')
    if (!source?.contentVersion || !place) continue
    const { state, contentVersion } = source
    const own = { documentId, ...place, awaitsPassages: awaiting.has(documentId), state, contentVersion }
    const loaded = { changedRev: Number(changedRev), whole: ofDocument.every(({ whole }) => whole) }
    documents.set(documentId, { ...own, ...loaded, ...inForce(ofDocument, place.space) })
  }
  return documents
}

function layerOf(fields: string[]): LayerFacts & { documentId: string; whole: boolean } {
  const [
    documentId = '',
    layer,
    allow = '',
    deny = '',
    gates = '',
    denyAgents = '',
    labels = '',
    state,
    version = '',
    whole,
  ] = fields
  return {
    documentId,
    layer: layer as Layer,
    ...{ allow: readList(allow), deny: readList(deny), gates: readList(gates) },
    ...{ denyAgents: readList(denyAgents), labels: readList(labels) },
    state: state as FactState,
    contentVersion: version === '' ? null : version,
    whole: whole === 'true',
  }
}

function passagesOf(
  labels: readonly (PassageKey & { labels: string[] })[],
  variants: readonly (PassageKey & VariantFacts)[],
): Facts['passages'] {
  const [labelsOf, variantsOf] = [Map.groupBy(labels, passageKey), Map.groupBy(variants, passageKey)]
  const keys = new Map([...labels, ...variants].map((row) => [passageKey(row), row]))
  const passages = new Map<string, Map<string, PassageFacts>>()
  for (const [key, { documentId, passageId }] of keys) {
    const ofDocument = passages.get(documentId) ?? new Map<string, PassageFacts>()
    passages.set(documentId, ofDocument)
    const own = labelSet(...(labelsOf.get(key) ?? []).map((row) => row.labels))
    ofDocument.set(passageId, { passageId, labels: own, variants: variantsOf.get(key) ?? [] })
  }
  return passages
}

function formerOf(rows: readonly FormerRow[]): Map<string, FormerFacts> {
  const former = new Map<string, FormerFacts>()
  for (const [key, layers] of Map.groupBy(rows, versionKey)) {
    const [first] = layers
    if (first) former.set(key, { state: first.then, ...inForce(layers, first.space) })
  }
  return former
}
