import PostalMime from 'postal-mime'
import type { Address } from 'postal-mime'
import { bodyBlocks } from './body-blocks.ts'
import type { FoundAttachment, Message } from './message.ts'
import { Refused } from '../../refused.ts'

const limits = { maxNestingDepth: 30, maxHeadersSize: 2 * 1024 * 1024 }

/** One mail (RFC 5322, MIME). A mail in it is an attachment like any other. */
export async function readEml(bytes: Uint8Array): Promise<Message> {
  const mail = await PostalMime.parse(bytes, {
    ...limits,
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
  }).catch((error: unknown) => {
    if (error instanceof Error && /nesting depth/i.test(error.message))
      throw new Refused('too-deep', 'Its parts are nested too deeply.')
    throw error
  })
  return {
    subject: mail.subject?.trim() ?? '',
    from: mail.from ? told([mail.from]) : '',
    to: told([...(mail.to ?? []), ...(mail.cc ?? [])]),
    date: mail.date ?? '',
    id: mail.messageId ?? '',
    references: (`${mail.references ?? ''} ${mail.inReplyTo ?? ''}`.match(/<[^<>\s]+>/g) ?? []).slice(-50),
    body: bodyBlocks(mail.html, mail.text),
    attachments: mail.attachments.flatMap(
      ({ filename, mimeType, content, related, disposition }): FoundAttachment[] => {
        // A picture in the text is no document.
        if (related === true && disposition !== 'attachment' && mimeType.startsWith('image/')) return []
        return [{ name: filename ?? '', mediaType: mimeType, bytes: bytesOf(content) }]
      },
    ),
  }
}

const bytesOf = (content: ArrayBuffer | Uint8Array | string) =>
  typeof content === 'string' ? Buffer.from(content, 'utf8') : new Uint8Array(content)

const maxPeople = 50
const told = (people: readonly Address[]): string =>
  people
    .flatMap(({ name, address, group }) =>
      group
        ? [`${name}: ${told(group)}`]
        : [name && address && name !== address ? `${name} <${address}>` : (address ?? name)],
    )
    .slice(0, maxPeople)
    .join(', ')
