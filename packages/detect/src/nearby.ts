import type { Stretch } from './finding.ts'

const partOfWord = /[\p{L}\p{N}_]/u

/** Whether a stretch is no part of a longer word or number. */
export function standsAlone(text: string, [start, end]: Stretch): boolean {
  if (partOfWord.test(text[start - 1] ?? '') || partOfWord.test(text[end] ?? '')) return false
  // `1.5` goes on after `1`, and `1.` does not.
  const goesOn = /[.,]/.test(text[end] ?? '') && /\d/.test(text[end + 1] ?? '')
  const began = /[.,]/.test(text[start - 1] ?? '') && /\d/.test(text[start - 2] ?? '')
  return !goesOn && !began
}

/** What stands before a place, at most so many characters of the same paragraph. */
export function before(text: string, at: number, characters: number): string {
  const near = text.slice(Math.max(0, at - characters), at)
  return near.slice(near.lastIndexOf('\n\n') + 1)
}

/** What stands after a place, at most so many characters of the same paragraph. */
export function after(text: string, at: number, characters: number): string {
  const near = text.slice(at, at + characters)
  const end = near.indexOf('\n\n')
  return end < 0 ? near : near.slice(0, end)
}

/** Separators that people put into numbers: spaces of all widths, hyphens and dashes, dots, slashes. */
export const spaces = ' \\u00a0\\u2007\\u2009\\u202f'
export const dashes = '\\-\\u2010\\u2011\\u2013'

export const digitsOf = (text: string) => text.replace(/\D/g, '')
