import type { Call } from '@tessera/shared/bus/call'
import { embedTexts, type Models } from './embed-texts.ts'
import { Later } from './later.ts'
import type { StoredDocument } from './load-documents.ts'
import { embeddedText } from './rows.ts'

export type Embedded = {
  /** By passage. */
  vectors: ReadonlyMap<string, Float32Array>
  /** By document: why the model will never take it. */
  failures: ReadonlyMap<string, string>
}

/** Faults that come back however often the same text is sent. */
const forGood = new Set(['models.not-found', 'models.request-refused'])

/**
 * Vectors of the passages of some documents; none where no model is configured. What a model refuses for good is a failure of the document that it is in;
 * the others get theirs. Throws `Later` when the model cannot be had now.
 */
export async function embedDocuments(
  deps: { models: Models; embeddingModel: string | undefined },
  documents: readonly StoredDocument[],
  call: Call,
): Promise<Embedded> {
  const { models, embeddingModel: model } = deps
  if (!model || documents.length === 0) return { vectors: new Map(), failures: new Map() }
  const passages = documents.flatMap((document) => document.passages.map((passage) => ({ document, passage })))
  const texts = passages.map(({ document, passage }) => embeddedText(document, passage))
  const embedded = await embedTexts(models, { model, texts }, call)
  if (embedded.ok) {
    const found = passages.flatMap(({ passage }, at) => {
      const vector = embedded.value[at]
      return vector ? [[passage.passageId, vector] as const] : []
    })
    return { vectors: new Map(found), failures: new Map() }
  }
  const reason = `The embedding model ${model} answered ${embedded.fault.code}: ${embedded.fault.detail}`
  if (!forGood.has(embedded.fault.code)) throw new Later(reason)
  const [first, ...others] = documents
  if (first && others.length === 0) return { vectors: new Map(), failures: new Map([[first.documentId, reason]]) }
  const each: Embedded[] = []
  for (const document of documents) each.push(await embedDocuments(deps, [document], call))
  return {
    vectors: new Map(each.flatMap(({ vectors }) => [...vectors])),
    failures: new Map(each.flatMap(({ failures }) => [...failures])),
  }
}
