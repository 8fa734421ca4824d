import type { Stretch } from '../finding.ts'
import { after, before } from '../nearby.ts'
import { type Section, sectionsOf } from '../sections.ts'
import { tablesOf } from '../tables.ts'
import { amountsIn } from './amount.ts'
import { hasSalaryWord, salaryWords } from './salary-words.ts'

/** How far from a word for pay an amount may stand, in characters: before it, after it, and below one that heads a list. */
const reach = { before: 50, after: 90, list: 600 }
/** What is looked at beyond that, so that no amount is seen in part. */
const longest = 80
/** What may stand between a word and an amount that does not say that it is money. */
const leading = /^[^\d\n.!?;]{0,30}$/

/** Amounts of money near a word for pay, and those in a column of that name. */
export function* findSalaries(text: string, above = ''): Generator<Stretch | undefined> {
  for (const section of sectionsOf(text, above)) {
    if (hasSalaryWord.test(section.above)) yield* moneyIn(text, section)
  }
  for (const [word, gapBefore, gapAfter] of wordsWithGaps(text)) {
    yield* amountsBefore(text, word[0], gapBefore)
    yield* amountsAfter(text, word[1], gapAfter)
    yield undefined
  }
  for (const [start, end] of tablesOf(text).cellsBelow(hasSalaryWord)) {
    for (const amount of amountsIn(text.slice(start, end))) {
      if (amount.saysMoney || amount.mayBeMoney) yield [start + amount.start, start + amount.end]
    }
  }
}

/** Every amount of a section that is about pay, if it says that it is money. */
function* moneyIn(text: string, section: Section): Generator<Stretch | undefined> {
  for (const { start, end, saysMoney } of amountsIn(text.slice(section.start, section.end))) {
    yield saysMoney ? [section.start + start, section.start + end] : undefined
  }
}

/** The words, with how much there is between each and the last one before it and the next one after: nobody looks beyond. */
function* wordsWithGaps(text: string): Generator<[word: Stretch, gapBefore: number, gapAfter: number]> {
  let last: Stretch = [0, 0]
  let gapBefore = 0
  for (const { 0: shown, index } of text.matchAll(salaryWords)) {
    const gap = index - last[1]
    if (last[1] > 0) yield [last, gapBefore, gap]
    ;[last, gapBefore] = [[index, index + shown.length], gap]
  }
  if (last[1] > 0) yield [last, gapBefore, text.length - last[1]]
}

function* amountsBefore(text: string, at: number, gap: number): Generator<Stretch> {
  const near = before(text, at, Math.min(gap, reach.before + longest))
  const from = at - near.length
  for (const { start, end, saysMoney } of amountsIn(near)) {
    if (saysMoney && from + end > at - reach.before) yield [from + start, from + end]
  }
}

function* amountsAfter(text: string, at: number, gap: number): Generator<Stretch> {
  // `Salaries:` heads a list.
  const isHead = /^[^\n:]{0,40}:\s*\n/.test(text.slice(at, at + 44))
  const far = isHead ? reach.list : reach.after
  const near = after(text, at, Math.min(gap, far + longest))
  for (const { start, end, saysMoney, mayBeMoney } of amountsIn(near)) {
    if (start >= far) return
    if (saysMoney || (mayBeMoney && (isHead || leading.test(near.slice(0, start))))) yield [at + start, at + end]
  }
}
