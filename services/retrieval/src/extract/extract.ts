import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type Block, oneLine } from './block.ts'
import { takeFrontMatter } from './formats/front-matter.ts'
import { blocksOfHtml, NestedTooDeeply } from './formats/html.ts'
import { blocksOfMarkdown } from './formats/markdown.ts'
import { blocksOfPlainText } from './formats/plain-text.ts'
import { titleOf } from './title.ts'
import { canonicalText, whyUnreadable } from './unreadable.ts'

export type RawDocument = {
  mediaType: 'text/markdown' | 'text/html' | 'text/plain'
  text: string
  title?: string | undefined
  externalId: string
}
export type NormalisedDocument = { title: string; blocks: Block[] }

/** Text → title and blocks, the same for the same input. Pure. */
export function normalise(document: RawDocument): Result<NormalisedDocument, Fault<'retrieval.unreadable-content'>> {
  const reason = whyUnreadable(document.text) ?? whyUnreadable(document.title ?? '')
  if (reason) return unreadable(reason)
  try {
    const { stated, blocks } = read(document.mediaType, canonicalText(document.text))
    const given = document.title === undefined ? undefined : canonicalText(document.title)
    return ok({ title: titleOf({ given, stated, blocks, externalId: document.externalId }), blocks })
  } catch (error) {
    if (error instanceof NestedTooDeeply) return unreadable(error.message)
    throw error
  }
}

function read(mediaType: RawDocument['mediaType'], text: string): { stated: string | undefined; blocks: Block[] } {
  switch (mediaType) {
    case 'text/markdown': {
      const { title, body, lines } = takeFrontMatter(text)
      return { stated: title && oneLine(title), blocks: blocksOfMarkdown(body, lines) }
    }
    case 'text/html': {
      const { title, blocks } = blocksOfHtml(text)
      return { stated: title, blocks }
    }
    case 'text/plain':
      return { stated: undefined, blocks: blocksOfPlainText(text) }
  }
}

const unreadable = (reason: string) => fail(retrievalFaults.fault('unreadable-content', reason))
