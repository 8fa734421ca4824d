import { type Block, oneLine } from './block.ts'

const maxTitleCharacters = 300

/** The title of a document: as given, else of its front matter (HTML: `<title>`), else its first heading, else made from its external id. */
export function titleOf(document: {
  given: string | undefined
  stated: string | undefined
  blocks: readonly Block[]
  externalId: string
}): string {
  const heading = document.blocks.find((block) => block.kind === 'heading')?.text
  const candidates = [document.given, document.stated, heading, fileTitle(document.externalId), document.externalId]
  const title = candidates.map((candidate) => oneLine(candidate ?? '')).find((candidate) => candidate !== '')
  return shorten(title ?? 'Untitled')
}

/** `handbook/incident-response.md` → `Incident response`; the name of the folder for an `index` or a `README`. */
function fileTitle(externalId: string): string {
  const parts = externalId.split(/[/\\]/).filter((part) => part !== '')
  const stem = (part: string | undefined) => (part ?? '').replace(/(?<=.)\.[a-z0-9]{1,8}$/i, '')
  const last = stem(parts.at(-1))
  const name = /^(index|readme)$/i.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last
  const words = oneLine(name.replace(/[-_]+/g, ' '))
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function shorten(title: string): string {
  if (title.length <= maxTitleCharacters) return title
  // Not between the halves of a surrogate pair.
  return `${title.slice(0, maxTitleCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
