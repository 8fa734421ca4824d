import type { MediaType } from '@tessera/shared/contracts/media-types'
import { type Block, oneLine } from './block.ts'
import { takeFrontMatter } from './formats/front-matter.ts'
import { blocksOfHtml } from './formats/html.ts'
import type { FoundAttachment } from './formats/mail/message.ts'
import { blocksOfMarkdown } from './formats/markdown.ts'
import { blocksOfPlainText } from './formats/plain-text.ts'

/** What is found in a document, before it has a title. */
export type Found = {
  /** The title that it gives itself. */
  readonly stated?: string | undefined
  /** Who it says wrote it. */
  readonly authors?: readonly string[]
  readonly blocks: readonly Block[]
  /** Its headings are names of parts (sheets, functions), none of which names the whole. */
  readonly namedByFile?: boolean
  readonly attachments?: readonly FoundAttachment[]
}

export type PlainMediaType = 'text/markdown' | 'text/html' | 'text/plain'

/** Read without loading a parser, in time that grows with the length: most of what comes is of these. */
export const isPlain = (mediaType: MediaType): mediaType is PlainMediaType =>
  mediaType === 'text/markdown' || mediaType === 'text/html' || mediaType === 'text/plain'

export function readText(mediaType: PlainMediaType, text: string): Found {
  switch (mediaType) {
    case 'text/markdown': {
      const { title, authors, body, lines } = takeFrontMatter(text)
      return { stated: title && oneLine(title), authors, blocks: blocksOfMarkdown(body, lines) }
    }
    case 'text/html': {
      const { title, blocks } = blocksOfHtml(text)
      return { stated: title, blocks }
    }
    case 'text/plain':
      return { blocks: blocksOfPlainText(text) }
  }
}
