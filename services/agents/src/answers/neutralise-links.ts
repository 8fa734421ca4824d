import { createBareUrlFilter, removedLink } from './bare-urls.ts'
import { createOutputGuard } from './output-guard.ts'
import type { UrlRule } from './permitted-urls.ts'
import { type Piece, scanMarkup } from './scan-markup.ts'

/** A stage of the stream: `push` gives what is certain by now, `end` the rest. How the text is cut into pushes makes no difference. */
export type TextStage = { push(text: string): string; end(): string }

/**
 * Takes out of a model's answer whatever could carry data out of it (ACCESS.md section 12, item 10). Images become their text. Links, autolinks and HTML
 * links stay if the rule permits their URL, and are their text otherwise; link definitions and other HTML with attributes are disarmed. What
 * can't be judged yet is held back.
 */
export function createLinkNeutraliser(permitted: UrlRule): TextStage {
  const guard = createOutputGuard()
  const addresses = createBareUrlFilter(permitted)
  let held = ''

  const write = (piece: Piece): string => {
    switch (piece.kind) {
      case 'text':
        return addresses.push(guard.text(piece.text))
      case 'label':
        return addresses.push(guard.text(flatten(piece.text, permitted)))
      case 'tag':
        return addresses.end('<') + guard.markup(piece.text)
      case 'link': {
        if (!permitted(piece.url)) return write({ kind: 'label', text: piece.text })
        const target = /[()]/.test(piece.url) ? `<${piece.url}>` : piece.url
        return addresses.end('[') + guard.markup(`[${flatten(piece.text, permitted)}](${target})`)
      }
      case 'autolink':
        return permitted(piece.url)
          ? addresses.end('<') + guard.markup(`<${piece.url}>`)
          : addresses.push(guard.text(removedLink))
    }
  }

  const run = (atEnd: boolean) => {
    const { pieces, rest } = scanMarkup(held, atEnd)
    held = rest
    return pieces.map(write).join('')
  }

  return {
    push(text) {
      held += text
      return run(false)
    },
    end: () => run(true) + addresses.end(),
  }
}

/** The text of a link or an image, without any markup that means something. */
function flatten(label: string, permitted: UrlRule): string {
  const addresses = createBareUrlFilter(permitted)
  const plain = scanMarkup(label, true).pieces.map((piece) => (piece.kind === 'autolink' ? piece.url : piece.text))
  const text = plain
    .join('')
    .replaceAll(/[[\]<>]/g, '')
    .replaceAll(/\s+/g, ' ')
  return (addresses.push(text) + addresses.end()).trim()
}
