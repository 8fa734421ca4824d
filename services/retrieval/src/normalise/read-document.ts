import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Block } from './block.ts'
import { normalise, type RawDocument } from './normalise.ts'
import { splitPassages, type Stretch } from './split-passages.ts'

export type ReadDocument = { title: string; blocks: Block[]; stretches: Stretch[] }

/** A document as it comes, normalised and split. Pure. */
export function readDocument(document: RawDocument): Result<ReadDocument, Fault<'retrieval.unreadable-content'>> {
  const normalised = normalise(document)
  if (!normalised.ok) return normalised
  const { title, blocks } = normalised.value
  return ok({ title, blocks, stretches: splitPassages(title, blocks) })
}
