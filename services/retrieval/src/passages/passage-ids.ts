import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { base32 } from '@tessera/shared/ids/ids'
import type { Stretch } from './split-passages.ts'

/** A passage as the registry keeps it. `ordinal` is its place in the document, counted from 0. */
export type KeyedPassage = Stretch & { readonly passageId: string; readonly ordinal: number; readonly hash: string }

/** The keyed hashes of retrieval. Without the key nobody can tell from an id or a hash whether a text exists here. */
export type Keys = {
  /** Names stretches: the same id as long as document, heading path, text and occurrence of that text stay. */
  keyPassages(documentId: string, stretches: readonly Stretch[]): KeyedPassage[]
  /** Binds a variant of a passage to all that it was made of. */
  hashVariant(parts: unknown): string
  /** Names a text that was embedded. */
  hashEmbedded(documentId: string, text: string): string
  /** Tells passages under the same headings from others, without saying which. */
  hashSection(documentId: string, headings: readonly string[]): string
  /** For the decision log, which holds no text. */
  hashQuery(workspaceId: string, query: string): string
}

/** 160 bits, so 32 digits. */
const idBytes = 20

/** `passageIdKey` is a secret of at least 16 characters. One key for each use is derived from it. */
export function createKeys(passageIdKey: string): Keys {
  const derive = (use: string) =>
    createSecretKey(createHmac('sha256', passageIdKey).update(`tessera.retrieval.${use}`).digest())
  const [forIds, forTexts, forQueries] = [derive('passage-id'), derive('text-hash'), derive('query-hash')]
  const [forVariants, forSections] = [derive('variant-hash'), derive('section-hash')]
  const forEmbedded = derive('embedded-hash')
  const short = (key: KeyObject, parts: unknown) => base32(hmac(key, JSON.stringify(parts)).subarray(0, idBytes))
  return {
    keyPassages(documentId, stretches) {
      const seen = new Map<string, number>()
      return stretches.map((stretch, ordinal) => {
        const content = JSON.stringify([documentId, stretch.headings, stretch.text])
        const occurrence = seen.get(content) ?? 0
        seen.set(content, occurrence + 1)
        const id = hmac(forIds, `${occurrence} ${content}`).subarray(0, idBytes)
        const hash = hmac(forTexts, JSON.stringify([documentId, stretch.text]))
        return { ...stretch, ordinal, passageId: `psg_${base32(id)}`, hash: base32(hash.subarray(0, idBytes)) }
      })
    },
    hashVariant: (parts) => short(forVariants, parts),
    hashEmbedded: (documentId, text) => short(forEmbedded, [documentId, text]),
    hashSection: (documentId, headings) => short(forSections, [documentId, headings]),
    hashQuery: (workspaceId, query) => hmac(forQueries, JSON.stringify([workspaceId, query])).toString('hex'),
  }
}

const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest()
