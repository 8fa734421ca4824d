import { type MediaType, mediaTypeOfName, mediaTypes } from '@tessera/shared/contracts/media-types'
import type { Attachment } from '@tessera/shared/contracts/retrieval'
import type { Source } from '../extract.ts'
import type { FoundAttachment } from '../formats/mail/message.ts'
import type { ReadDocument, ReadResult } from './read-source.ts'

/** Something in a document, read; or the reason why it is not. */
export type ReadAttachment = Attachment & { read?: ReadDocument }

/** A mail in a mail in a mail … is somebody's experiment. */
const maxDepth = 5
const maxAttachments = 200

type Waiting = { found: FoundAttachment; part: string; depth: number }

/** Reads what lies in a document, and what lies in that, one after the other. */
export async function readAttachments(
  found: readonly FoundAttachment[],
  read: (source: Source) => Promise<ReadResult | 'busy'>,
): Promise<ReadAttachment[] | 'busy'> {
  const done: ReadAttachment[] = []
  const waiting: Waiting[] = found.map((one, at) => ({ found: one, part: partOf(one, at), depth: 1 }))
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { found: attachment, part, depth } = next
    const mediaType = mediaTypeOf(attachment)
    if (!mediaType) done.push({ part, refused: 'unsupported-type' })
    else if (depth > maxDepth) done.push({ part, mediaType, refused: 'too-deep' })
    else if (done.length >= maxAttachments) done.push({ part, mediaType, refused: 'too-many' })
    else {
      const result = await read({ mediaType, content: attachment.bytes, externalId: part })
      if (result === 'busy') return 'busy'
      if (!result.ok) {
        done.push({ part, mediaType, refused: result.fault.code.replace(/^retrieval\./, '') })
        continue
      }
      const { found: inside, ...document } = result.value
      done.push({ part, mediaType, read: document })
      waiting.unshift(
        ...inside.map((one, at) => ({ found: one, part: `${part}/${partOf(one, at)}`, depth: depth + 1 })),
      )
    }
  }
  return done
}

function mediaTypeOf({ name, mediaType }: FoundAttachment): MediaType | undefined {
  const stated = mediaType.split(';')[0]?.trim().toLowerCase()
  return mediaTypeOfName(name) ?? mediaTypes.find((known) => known === stated)
}

const maxNameCharacters = 120

/** Its number tells attachments of one name apart, and its name tells people what it is. */
function partOf({ name, mediaType }: FoundAttachment, at: number): string {
  const plain = name
    .toWellFormed()
    .replace(/[\p{Cc}/\\]+/gu, ' ')
    .trim()
  const shown =
    plain.length > maxNameCharacters ? plain.slice(-maxNameCharacters).replace(/^[\udc00-\udfff]/, '') : plain
  return `${at + 1}/${shown === '' ? (mediaType === 'message/rfc822' ? 'message.eml' : 'unnamed') : shown}`
}
