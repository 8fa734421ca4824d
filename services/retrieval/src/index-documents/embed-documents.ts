import type { Call } from '@tessera/shared/bus/call'
import { rowIdOf } from '../index/search-index.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { embedTexts, type Models, textsPerCall } from './embed-texts.ts'
import { Later } from './later.ts'
import { embeddedText, type PlannedRow } from './rows.ts'
import type { Embeddable, VectorsStore } from './vectors.store.ts'

export type EmbedDeps = { models: Models; vectors: VectorsStore; keys: Pick<Keys, 'hashEmbedded'> }

export type Embedded = {
  /** By row. */
  vectors: ReadonlyMap<string, Float32Array>
  /** By document: why the model will never take it. */
  failures: ReadonlyMap<string, string>
}

type Text = Embeddable & { readonly text: string }

/** Faults that come back however often the same text is sent. */
const forGood = new Set(['models.not-found', 'models.request-refused', 'models.prompt-too-long'])

/**
 * Vectors of the rows of some documents, each made of its own text; none where no model is given, or where the text may not be sent. A text that was embedded before is not
 * sent again, also when the model failed half way. What it refuses for good is a failure of the document that it is in; the others get theirs. Throws `Later` when
 * the model cannot be had now.
 */
export async function embedDocuments(
  deps: EmbedDeps,
  { model, planned }: { model: string | undefined; planned: readonly PlannedRow[] },
  call: Call,
): Promise<Embedded> {
  const rows = planned.filter(({ embedded }) => embedded).map(({ row }) => row)
  if (!model || rows.length === 0) return { vectors: new Map(), failures: new Map() }
  const { workspaceId } = call.caller
  const texts = rows.map((row): Text => {
    const { documentId } = row
    const text = embeddedText(row)
    return { documentId, text, hash: deps.keys.hashEmbedded(documentId, text) }
  })
  const known = await deps.vectors.load(workspaceId, model, texts)
  const missing = [...new Map(texts.map((text) => [text.hash, text])).values()].filter(({ hash }) => !known.has(hash))
  const failures = new Map<string, string>()
  for (let start = 0; start < missing.length; start += textsPerCall) {
    const { made, refused } = await embedSome(deps.models, model, missing.slice(start, start + textsPerCall), call)
    await deps.vectors.keep(workspaceId, model, made)
    for (const { hash, vector } of made) known.set(hash, vector)
    for (const { documentId, reason } of refused) failures.set(documentId, reason)
  }
  const changed = new Set(missing.map(({ documentId }) => documentId))
  const current = texts.filter(({ documentId }) => changed.has(documentId))
  if (current.length > 0) await deps.vectors.dropOthers(workspaceId, model, current)
  const vectors = rows.flatMap((row, at) => {
    const vector = known.get(texts[at]?.hash ?? '')
    return vector ? [[rowIdOf(row), vector] as const] : []
  })
  return { vectors: new Map(vectors), failures }
}

type Some = {
  made: (Embeddable & { vector: Float32Array | null })[]
  refused: { documentId: string; reason: string }[]
}

/** A text that is refused is looked for by halves: the others of its call are not to suffer for it. */
async function embedSome(models: Models, model: string, texts: readonly Text[], call: Call): Promise<Some> {
  const embedded = await embedTexts(models, { model, texts: texts.map(({ text }) => text) }, call)
  if (embedded.ok) {
    return { made: texts.map((text, at) => ({ ...text, vector: embedded.value[at] ?? null })), refused: [] }
  }
  const { code, detail } = embedded.fault
  const reason = `The embedding model ${model} answered ${code}: ${detail}`
  if (!forGood.has(code)) throw new Later(reason)
  const [first] = texts
  if (first && texts.length === 1) return { made: [], refused: [{ documentId: first.documentId, reason }] }
  const middle = Math.ceil(texts.length / 2)
  const halves = [texts.slice(0, middle), texts.slice(middle)]
  const each: Some[] = []
  for (const half of halves) each.push(await embedSome(models, model, half, call))
  return { made: each.flatMap(({ made }) => made), refused: each.flatMap(({ refused }) => refused) }
}
