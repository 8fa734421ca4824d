import { type CitablePassage, type CitedPiece, createCiter } from './cite.ts'
import { createLinkNeutraliser } from './neutralise-links.ts'
import { permittedUrls } from './permitted-urls.ts'

/**
 * What a reader may get of the text that a model streams: links disarmed first, then markers turned into citations, so that
 * what is cited is placed in the text as it is shown. `texts` are the passages as the model got them.
 */
export function createAnswerText(passages: readonly CitablePassage[], texts: readonly string[]) {
  const links = createLinkNeutraliser(permittedUrls(texts))
  const citer = createCiter(passages)
  return {
    push: (text: string): CitedPiece[] => citer.push(links.push(text)),
    end: (): CitedPiece[] => [...citer.push(links.end()), ...citer.end()],
  }
}
