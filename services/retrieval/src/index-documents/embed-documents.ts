import type { Call } from '@tessera/shared/bus/call'
import { rowIdOf } from '../index/search-index.ts'
import { embedTexts, type Models } from './embed-texts.ts'
import { Later } from './later.ts'
import { embeddedText, type PlannedRow } from './rows.ts'

export type Embedded = {
  /** By row. */
  vectors: ReadonlyMap<string, Float32Array>
  /** By document: why the model will never take it. */
  failures: ReadonlyMap<string, string>
}

/** Faults that come back however often the same text is sent. */
const forGood = new Set(['models.not-found', 'models.request-refused'])

/**
 * Vectors of the rows of some documents, each made of its own text; none where no model is configured, or where the text may not be sent. What a model refuses for good is a
 * failure of the document that it is in; the others get theirs. Throws `Later` when the model cannot be had now.
 */
export async function embedDocuments(
  deps: { models: Models; embeddingModel: string | undefined },
  planned: readonly PlannedRow[],
  call: Call,
): Promise<Embedded> {
  const { models, embeddingModel: model } = deps
  const rows = planned.filter(({ embedded }) => embedded).map(({ row }) => row)
  if (!model || rows.length === 0) return { vectors: new Map(), failures: new Map() }
  const embedded = await embedTexts(models, { model, texts: rows.map(embeddedText) }, call)
  if (embedded.ok) {
    const found = rows.flatMap((row, at) => {
      const vector = embedded.value[at]
      return vector ? [[rowIdOf(row), vector] as const] : []
    })
    return { vectors: new Map(found), failures: new Map() }
  }
  const reason = `The embedding model ${model} answered ${embedded.fault.code}: ${embedded.fault.detail}`
  if (!forGood.has(embedded.fault.code)) throw new Later(reason)
  const byDocument = Map.groupBy(planned, ({ row }) => row.documentId)
  const [first] = byDocument.keys()
  if (first !== undefined && byDocument.size === 1) return { vectors: new Map(), failures: new Map([[first, reason]]) }
  const each: Embedded[] = []
  for (const some of byDocument.values()) each.push(await embedDocuments(deps, some, call))
  return {
    vectors: new Map(each.flatMap(({ vectors }) => [...vectors])),
    failures: new Map(each.flatMap(({ failures }) => [...failures])),
  }
}
