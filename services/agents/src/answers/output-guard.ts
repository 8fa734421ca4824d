/** What may stand before a definition (`[label]: url`) in its line: indentation, quotes, list markers, and markers that may be dropped later. */
const linePrefix = /[\s>*+\-0-9.)[\],;]/

/**
 * Keeps plain text plain: wherever two characters meet that would open a link, an image, a link definition, a tag or a character reference, it puts a space between them.
 * It looks at the text as it leaves, so that harmless pieces can't be joined into something that is not.
 */
export function createOutputGuard() {
  let previous = ''
  let beforePrevious = ''
  let lineHasText = false
  /** What stands since the last `[`, while it may still be a marker; and whether that `[` came after text in its line. */
  let sinceBracket: string | undefined
  let bracketAfterText = false
  let sinceAmpersand = ''

  const opens = (next: string) => {
    if (previous === ']')
      return next === '(' || (next === ':' && !(bracketAfterText && /^\d{1,3}$/.test(sinceBracket ?? '')))
    if (previous === '!') return next === '['
    // Some renderers look for addresses in what escapes and character references stand for.
    if (previous === '\\') return /[a-z0-9]:|[:/]\/|w\./i.test(beforePrevious + next)
    if (previous === '&') return next === '#'
    if (next === ';') return /^(?:colon|sol|period)$/.test(sinceAmpersand)
    return previous === '<' && /[A-Za-z/!?]/.test(next)
  }

  const remember = (next: string) => {
    if (next === '[') {
      sinceBracket = ''
      bracketAfterText = lineHasText
    } else if (next !== ']' && sinceBracket !== undefined) {
      sinceBracket = sinceBracket.length > 3 ? undefined : sinceBracket + next
    }
    sinceAmpersand = next === '&' ? '' : (sinceAmpersand + next).slice(-8)
    if (next === '\n') lineHasText = false
    else if (!linePrefix.test(next)) lineHasText = true
    beforePrevious = previous
    previous = next
  }

  return {
    /** Plain text, made safe. */
    text(text: string): string {
      let out = ''
      for (const next of text) {
        if (opens(next)) out += ' '
        out += next
        remember(next)
      }
      return out
    },
    /** Markup that was judged and may stay as it is. */
    markup(markup: string): string {
      const apart = markup.startsWith('[') && (previous === '!' || previous === ']') ? ' ' : ''
      for (const next of markup) remember(next)
      return apart + markup
    },
  }
}
