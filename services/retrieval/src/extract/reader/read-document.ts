import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Block } from '../block.ts'
import { normalise, type RawDocument } from '../extract.ts'
import { splitPassages, type Stretch } from '../../passages/split-passages.ts'

export type ReadDocument = { title: string; blocks: Block[]; stretches: Stretch[] }

/** A document as it comes, normalised and split. Pure. */
export function readDocument(document: RawDocument): Result<ReadDocument, Fault<'retrieval.unreadable-content'>> {
  const normalised = normalise(document)
  if (!normalised.ok) return normalised
  const { title, blocks } = normalised.value
  return ok({ title, blocks, stretches: splitPassages(title, blocks) })
}
