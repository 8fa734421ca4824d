import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { sentencesOf } from './sentences-of.ts'
import { stemsOf } from './words.ts'

export type Passage = Extract<PromptMessage['content'][number], { type: 'passage' }>
export type Quote = { readonly passageId: string; readonly sentence: string }

const MAX_QUOTES = 4
/** The part of the question, by weight, that a passage has to be about. Below it, to quote would be to pretend. */
const MIN_COVERAGE = 0.38
/** What a word of the question still counts for once a quote has it: the next quote should rather bring what is missing. */
const AGAIN = 0.4
/** A further sentence is quoted when it brings at least this part of what the best one brought. */
const MIN_OF_BEST = 0.42

type Candidate = Quote & {
  /** The words of the question that it answers to, with how much of their weight. */
  readonly words: ReadonlyMap<string, number>
  readonly factor: number
  readonly context: number
}

/**
 * The sentences of the passages that together match the question best, the best one first; none where no passage is about it. Rare words weigh
 * more than words of every passage. The same input gives the same quotes.
 */
export function findQuotes(question: string, passages: readonly Passage[]): Quote[] {
  const asked = stemsOf(question)
  const read = passages.map((passage) => ({
    passage,
    title: stemsOf(passage.title),
    sentences: sentencesOf(passage.text).map((sentence) => ({ sentence, stems: stemsOf(sentence) })),
  }))
  const weights = weigh(asked, read)
  const total = sum(weights.values())
  const candidates = read.flatMap((entry, rank) => candidatesOf(entry, rank, weights, total))

  const quotes: Quote[] = []
  const covered = new Set<string>()
  let best = 0
  while (quotes.length < MAX_QUOTES) {
    const scored = candidates.map((candidate) => ({ candidate, score: scoreOf(candidate, covered) }))
    // The first of equals: passages come in the order in which they were found, sentences in that of their text.
    const next = scored.reduce((top, one) => (one.score > top.score ? one : top), {
      score: 0,
      candidate: undefined,
    } as Top)
    if (!next.candidate || next.score < best * MIN_OF_BEST) break
    best ||= next.score
    const { sentence, passageId, words } = next.candidate
    quotes.push({ sentence, passageId })
    for (const word of words.keys()) covered.add(word)
    for (let index = candidates.length - 1; index >= 0; index--) {
      if (candidates[index]?.sentence === sentence) candidates.splice(index, 1)
    }
  }
  return quotes
}

type Top = { score: number; candidate: Candidate | undefined }
type Stems = ReadonlySet<string>
type Weights = ReadonlyMap<string, number>
type Read = { passage: Passage; title: Stems; sentences: { sentence: string; stems: Stems }[] }

/** Inverse document frequency over sentences; a word that no passage has weighs as much as the rarest, so that it is missed. */
function weigh(asked: Stems, read: readonly Read[]): Weights {
  const texts = read.flatMap(({ title, sentences }) => [title, ...sentences.map(({ stems }) => stems)])
  return new Map(
    [...asked].map((stem) => {
      const found = texts.filter((stems) => stems.has(stem)).length
      return [stem, Math.log(1 + (texts.length + 1) / Math.max(found + 0.5, 1.5))]
    }),
  )
}

function candidatesOf({ passage, title, sentences }: Read, rank: number, weights: Weights, total: number): Candidate[] {
  const all = new Set([...title, ...sentences.flatMap(({ stems }) => [...stems])])
  const coverage = sum(wordsIn(all, weights).values()) / total
  if (!(coverage >= MIN_COVERAGE)) return []
  return sentences.map(({ sentence, stems }, position) => {
    const before = sentences[position - 1]
    // In a list of questions and answers the answer seldom repeats the words that its question has.
    const asked = before?.sentence.endsWith('?') ? wordsIn(before.stems, weights, 0.55) : []
    return {
      passageId: passage.id,
      sentence,
      words: new Map([...asked, ...wordsIn(stems, weights)]),
      factor: fitness(sentence) * (1 - 0.02 * Math.min(rank, 20)),
      // What a passage is about counts for its sentences.
      context: 0.3 * coverage * total,
    }
  })
}

const wordsIn = (stems: Stems, weights: Weights, factor = 1) =>
  new Map([...weights].filter(([stem]) => stems.has(stem)).map(([stem, weight]) => [stem, weight * factor]))

function scoreOf({ words, factor, context }: Candidate, covered: ReadonlySet<string>): number {
  const own = sum([...words].map(([word, weight]) => (covered.has(word) ? AGAIN * weight : weight)))
  return own === 0 ? 0 : (own + context) * factor
}

/** Questions and headings repeat the asked words without answering, and very short or very long sentences seldom answer. */
function fitness(sentence: string): number {
  if (sentence.endsWith('?')) return 0.4
  if (sentence.length < 25) return 0.7
  if (sentence.length > 600) return 0.6
  return /[.!:)"”|]$/.test(sentence) || sentence.includes(' | ') ? 1 : 0.8
}

const sum = (numbers: Iterable<number>) => Array.from(numbers).reduce((total, number) => total + number, 0)
