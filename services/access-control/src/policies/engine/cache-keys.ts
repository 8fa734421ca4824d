import type { Mentioned, Mentions } from './mentions.ts'
import { groupsOf, type PolicyAsker, type PolicySignature } from './questions.ts'

/** Names all about an asker that these policies look at, and nothing else, so that readers who differ in nothing mentioned share results. */
export function cacheKey(mentions: Mentions, { reader, agents, purpose }: PolicyAsker): string {
  const self = among(mentions.principals, [reader.name])
  return JSON.stringify([
    self.length > 0 || mentions.kind ? reader.kind : '',
    self,
    mentions.guest && reader.guest,
    among(mentions.groups, groupsOf(reader)),
    among(mentions.clearances, reader.clearances),
    among(mentions.agents, agents),
    mentions.purposeGiven && purpose !== undefined,
    purpose === undefined ? [] : among(mentions.purposes, [purpose]),
  ])
}

/** The same for what is asked for. */
export function signatureKey(mentions: Mentions, signature: PolicySignature): string {
  const { dataSourceId, space, documentLabels, labels } = signature
  return JSON.stringify([
    among(mentions.dataSources, [dataSourceId]),
    among(mentions.spaces, [space]),
    among(mentions.labels, documentLabels),
    among(mentions.labels, [...documentLabels, ...labels]),
  ])
}

/** Those of the values that are mentioned, sorted, each once. */
export function among(mentioned: Mentioned, values: readonly string[]): string[] {
  if (mentioned === 'all') return [...new Set(values)].toSorted()
  if (mentioned.length === 0 || values.length === 0) return []
  const wanted = setOf(mentioned)
  const kept = values.filter((value) => wanted.has(value))
  return kept.length < 2 ? kept : [...new Set(kept)].toSorted()
}

/** A key is made for each signature of a question, from the same few lists. */
const setsOfLists = new WeakMap<readonly string[], ReadonlySet<string>>()

function setOf(list: readonly string[]): ReadonlySet<string> {
  const known = setsOfLists.get(list)
  if (known) return known
  const made = new Set(list)
  setsOfLists.set(list, made)
  return made
}
