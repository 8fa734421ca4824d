import { isTextMediaType, type MediaType, type TextMediaType } from '@tessera/shared/contracts/media-types'
import type { ContentFaultCode } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Block } from './block.ts'
import { decodeText } from './decode-text.ts'
import { type Found, isPlain, type PlainMediaType, readText } from './extract-text.ts'
import { type FoundAttachment, type Message, writersOf } from './formats/mail/message.ts'
import { namesOf } from './names-of.ts'
import { Refused, refusalOf } from './refused.ts'
import { titleOf } from './title.ts'
import { canonicalText, whyUnreadable } from './unreadable.ts'

/** What a document is made of: its text, or the bytes of its file. */
export type Source = {
  readonly mediaType: MediaType
  readonly content: string | Uint8Array
  readonly title?: string | undefined
  readonly externalId: string
}
export type Extracted = {
  readonly title: string
  readonly blocks: Block[]
  /** Who it says wrote it. */
  readonly authors: readonly string[]
  readonly attachments: readonly FoundAttachment[]
}

/** Far above what makes the most passages that a document may have. */
const maxCharacters = 32 * 1024 * 1024

/** A document → title, blocks, and what lies in it; the same for the same input. */
export async function extract(source: Source): Promise<Result<Extracted, Fault<ContentFaultCode>>> {
  try {
    return ok(finish(source, await read(source)))
  } catch (error) {
    return refusalOf(error)
  }
}

/** The same for what `isPlain` says is read at once. */
export function extractPlain(
  source: Source & { mediaType: PlainMediaType; content: string },
): Result<Extracted, Fault<ContentFaultCode>> {
  try {
    return ok(finish(source, readText(source.mediaType, soundText(source.content))))
  } catch (error) {
    return refusalOf(error)
  }
}

function finish(
  { title: given, externalId }: Source,
  { stated, authors = [], blocks, namedByFile = false, attachments = [] }: Found,
): Extracted {
  const reason = whyUnreadable(given ?? '')
  if (reason) throw new Refused('unreadable-content', reason)
  const shown = blocks.filter(({ text }) => text !== '')
  if (shown.reduce((sum, { text }) => sum + text.length, 0) > maxCharacters)
    throw new Refused('too-large', 'It has more than 32 Mi characters of text.')
  if (shown.length === 0 && attachments.length === 0) throw new Refused('no-text', 'There is no text in it.')
  const title = titleOf({
    given: given === undefined ? undefined : canonicalText(given),
    stated: stated === undefined ? undefined : canonicalText(stated.toWellFormed()),
    blocks: namedByFile ? [] : shown,
    externalId,
  })
  return { title, authors: namesOf(authors), blocks: shown, attachments }
}

async function read({ mediaType, content }: Source): Promise<Found> {
  if (isTextMediaType(mediaType)) {
    const text = soundText(typeof content === 'string' ? content : decodeText(content))
    if (isPlain(mediaType)) return readText(mediaType, text)
    return readStructured(mediaType, text)
  }
  const { blocks, ...found } = await readFile(mediaType, typeof content === 'string' ? Buffer.from(content) : content)
  return { ...found, blocks: blocks.map(clean) }
}

function soundText(text: string): string {
  const reason = whyUnreadable(text)
  if (reason) throw new Refused('unreadable-content', reason)
  return canonicalText(text)
}

/** Parsers hand on what a file holds; text that the registry can't keep is none of it. */
const clean = (block: Block): Block => ({
  ...block,
  text: canonicalText(block.text.toWellFormed().replaceAll('\0', '')),
})

async function readStructured(mediaType: TextMediaType, text: string): Promise<Found> {
  switch (mediaType) {
    case 'text/csv':
      return { blocks: (await import('./formats/csv.ts')).blocksOfCsv(text), namedByFile: true }
    case 'text/tab-separated-values':
      return { blocks: (await import('./formats/csv.ts')).blocksOfCsv(text, '\t'), namedByFile: true }
    case 'application/json':
      return { blocks: (await import('./formats/json.ts')).blocksOfJson(text), namedByFile: true }
    case 'application/x-ndjson':
      return { blocks: (await import('./formats/json.ts')).blocksOfJsonLines(text), namedByFile: true }
    case 'text/calendar':
      return { blocks: (await import('./formats/calendar.ts')).blocksOfCalendar(text) }
    default:
      return { blocks: await (await import('./formats/code/code.ts')).blocksOfCode(text, mediaType), namedByFile: true }
  }
}

/** Each parser is loaded when the first file of its kind comes. */
async function readFile(mediaType: Exclude<MediaType, TextMediaType>, bytes: Uint8Array): Promise<Found> {
  switch (mediaType) {
    case 'application/pdf':
      return { blocks: await (await import('./formats/pdf/pdf.ts')).blocksOfPdf(bytes) }
    case 'application/vnd.openxmlformats-officedocument.wordprocessingml.document':
      return { blocks: await (await import('./formats/office/docx.ts')).blocksOfDocx(bytes) }
    case 'application/vnd.openxmlformats-officedocument.presentationml.presentation':
      return { blocks: (await import('./formats/office/pptx.ts')).blocksOfPptx(bytes) }
    case 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet':
      return { blocks: (await import('./formats/office/xlsx.ts')).blocksOfXlsx(bytes), namedByFile: true }
    case 'application/vnd.oasis.opendocument.text':
      return { blocks: (await import('./formats/office/odt.ts')).blocksOfOdt(bytes) }
    case 'application/rtf':
      return { blocks: await (await import('./formats/rtf.ts')).blocksOfRtf(bytes), namedByFile: true }
    case 'message/rfc822':
      return ofMail(await (await import('./formats/mail/eml.ts')).readEml(bytes))
    case 'application/vnd.ms-outlook':
      return ofMail(await (await import('./formats/mail/msg.ts')).readMsg(bytes))
    case 'application/mbox':
      return ofMailbox(bytes)
  }
}

async function ofMail(message: Message): Promise<Found> {
  const { blocksOfMail } = await import('./formats/mail/mail-blocks.ts')
  const { subject, attachments } = message
  return { stated: subject, authors: writersOf(message), blocks: blocksOfMail(message), attachments }
}

async function ofMailbox(bytes: Uint8Array): Promise<Found> {
  const [{ messagesOf }, { readEml }, { blocksOfMailbox }] = await Promise.all([
    import('./formats/mail/mbox.ts'),
    import('./formats/mail/eml.ts'),
    import('./formats/mail/mail-blocks.ts'),
  ])
  const messages: Message[] = []
  for (const message of messagesOf(bytes)) messages.push(await readEml(message))
  if (messages.length === 0) throw new Refused('damaged', 'There is no message in it.')
  return {
    authors: messages.flatMap(writersOf),
    blocks: blocksOfMailbox(messages),
    attachments: messages.flatMap(({ attachments }) => attachments),
    namedByFile: true,
  }
}
