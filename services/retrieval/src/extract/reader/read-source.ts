import type { ContentFaultCode } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type PassageSize, splitPassages, type Stretch } from '../../passages/split-passages.ts'
import type { Block } from '../block.ts'
import { extract, type Extracted, extractPlain, type Source } from '../extract.ts'
import { isPlain } from '../extract-text.ts'
import type { FoundAttachment } from '../formats/mail/message.ts'

/** A document as it is stored. */
export type ReadDocument = { title: string; authors: readonly string[]; blocks: Block[]; stretches: Stretch[] }
/** What was read of one source; what lies in it is still to be read. */
export type ReadSource = ReadDocument & { found: readonly FoundAttachment[] }
export type ReadResult = Result<ReadSource, Fault<ContentFaultCode>>

export async function readSource(source: Source, size: PassageSize): Promise<ReadResult> {
  const extracted = await extract(source)
  return extracted.ok ? ok(split(extracted.value, size)) : extracted
}

/** Below this, reading takes some tens of milliseconds at most, whatever the text. */
const light = { characters: 200_000, tags: 500 }

/** What needs no process of its own is read at once; of anything else, nothing. */
export function readLight({ mediaType, content, ...rest }: Source, size: PassageSize): ReadResult | undefined {
  if (!isPlain(mediaType) || typeof content !== 'string' || content.length > light.characters) return undefined
  if ((content.match(/</g)?.length ?? 0) > light.tags) return undefined
  const extracted = extractPlain({ mediaType, content, ...rest })
  return extracted.ok ? ok(split(extracted.value, size)) : extracted
}

const split = ({ title, authors, blocks, attachments }: Extracted, size: PassageSize): ReadSource => ({
  title,
  authors,
  blocks,
  stretches: splitPassages(title, blocks, size),
  found: attachments,
})
