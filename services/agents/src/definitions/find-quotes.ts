import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Clock } from '@tessera/shared/time/clock'

export type QuoteDeps = { readonly retrieval: Client<typeof retrievalContract>; readonly clock: Clock }

/** Shorter ones are said by anybody. */
const minWords = 8
const maxSentences = 20
const maxQuery = 1000
const foundPerSentence = 5
const checkWithinMs = 4000
/** As many as one audience may name. */
const maxAudience = 49

/**
 * To run an agent is not to read it, but instructions count as disclosed to all who may run it (ACCESS.md section 3). Warns of what they quote word for
 * word, unless everybody who may run it can open that. It looks with the rights of whoever publishes, so it finds nothing that they could not open themselves; where
 * the grant names groups, nobody can tell who may run it, and the warning says so. A hint, no proof: a paraphrase is not found, nor is what the publisher may not
 * read.
 */
export async function findQuotes(
  { retrieval, clock }: QuoteDeps,
  { instructions, run }: { readonly instructions: string; readonly run: readonly string[] },
  call: Call,
): Promise<string[]> {
  const bounded = { ...call, deadlineMs: Math.min(call.deadlineMs, clock.nowMs() + checkWithinMs) }
  const runners = run.filter((name) => name !== call.caller.subject)
  if (runners.length === 0) return []
  const isCountable = runners.length <= maxAudience && runners.every((name) => /^(user|service):/.test(name))
  const titlesOf = async (query: string, audience: string[]): Promise<string[] | undefined> => {
    const who = audience.length === 0 ? {} : { audience }
    const found = await retrieval.search({ query: query.slice(0, maxQuery), limit: foundPerSentence, ...who }, bounded)
    if (!found.ok) return undefined
    return found.value.passages.filter(({ text }) => plain(text).includes(plain(query))).map(({ title }) => title)
  }
  const warningOf = async (sentence: string): Promise<string | undefined> => {
    const quoted = await titlesOf(sentence, [])
    if (!quoted) return unchecked
    const [title] = quoted
    if (title === undefined) return undefined
    const open = isCountable ? await titlesOf(sentence, runners) : undefined
    if (open && open.length > 0) return undefined
    return `The instructions quote “${title}” word for word (“${beginning(sentence)}”). ${open ? cannot : cannotTell}`
  }
  const warnings: (string | undefined)[] = []
  for (const sentence of sentencesOf(instructions)) warnings.push(await warningOf(sentence))
  return [...new Set(warnings.filter((warning) => warning !== undefined))]
}

const unchecked = 'Whether the instructions quote documents could not be checked: search is not available.'
const cannot = 'Not everybody who may run this agent can open that.'
const cannotTell = 'Make sure that everybody who may run this agent can open that.'

const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/g, ' ').trim()

/** The longest ones, each once. */
function sentencesOf(instructions: string): string[] {
  const sentences = instructions
    .split(/(?<=[.!?:;])\s+|\n+/)
    .map((sentence) => sentence.replace(/[.!?:;]+$/, '').trim())
  return [...new Set(sentences)]
    .filter((sentence) => sentence.split(/\s+/).length >= minWords)
    .toSorted((a, b) => b.length - a.length)
    .slice(0, maxSentences)
}

const beginning = (sentence: string) => `${sentence.split(/\s+/).slice(0, minWords).join(' ')} …`
