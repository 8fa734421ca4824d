import { isPlaceholder } from './placeholder.ts'

const minLength = { random: 16, typed: 6 }
/** Below it, hardly any characters are used. */
const minBits = 3
/** How often letters and digits take turns: words with a number behind them do it once or twice. */
const minTurns = 3

/** Whether a text was drawn by chance rather than written. */
export function looksRandom(text: string): boolean {
  if (text.length < minLength.random || isPlaceholder(text) || /:\/\/|^[./~]|[()]/.test(text)) return false
  const turns = text.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
  return turns >= minTurns && bitsPerCharacter(text) >= minBits
}

/** Whether somebody may have made it up as a password: letters with digits or signs among them, and neither prose nor code. */
export const looksTyped = (text: string) =>
  text.length >= minLength.typed &&
  /\p{L}/u.test(text) &&
  /[\d!@#$%^*?+]/.test(text) &&
  !/^\p{L}+\d*(?:-\p{L}+)+$/u.test(text) &&
  !/[=(]|:\/\/|^[./~]/.test(text) &&
  !isPlaceholder(text)

/** Shannon's entropy of the characters of a text. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  const shares = [...counts.values()].map((count) => count / text.length)
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0)
}
