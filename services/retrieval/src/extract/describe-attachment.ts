import { type MediaType, mediaTypeOfName, mediaTypes } from '@tessera/shared/contracts/media-types'
import type { Attachment } from '@tessera/shared/contracts/retrieval'
import type { FoundAttachment } from './formats/mail/message.ts'

/** What others are told of something that lies in a document: which one it is, and whether it can be a document. */
export function describeAttachment(found: FoundAttachment, at: number): Attachment {
  const mediaType = mediaTypeOf(found)
  const part = partOf(found, at)
  return mediaType ? { part, mediaType } : { part, refused: 'unsupported-type' }
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
