import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { Later } from '../index-documents/later.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { type Marking, markedLabels } from './marking.ts'
import type { Variant } from './redacted-variant.ts'

export type PutPassages = ReturnType<typeof createPutPassages>

type Passage = { readonly passageId: string; readonly headings: readonly string[] }
type Options = {
  untilMs: number
  signal?: AbortSignal
  /** The redacted variants that were made, by passage; absent: none yet. */
  redacted?: ReadonlyMap<string, Variant>
}

const timeoutMs = 10_000

/**
 * Tells access-control what the passages of one version carry, all of them, in the name of retrieval itself. When it returns, that is in force. Throws `Later`
 * when it could not be told.
 */
export function createPutPassages({
  bus,
  access,
  keys,
}: {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'putPassages'>
  keys: Pick<Keys, 'hashSection'>
}) {
  return async function putPassages(
    workspaceId: string,
    { documentId, contentVersion }: { documentId: string; contentVersion: string },
    passages: readonly Passage[],
    markings: readonly (Marking | null)[],
    { untilMs, signal, redacted = new Map() }: Options,
  ): Promise<{ revision: number }> {
    const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
    const leftMs = Math.max(1, Math.min(timeoutMs, untilMs - Date.now()))
    const told = await access.putPassages(
      {
        documentId,
        contentVersion,
        complete: true,
        passages: passages.map(({ passageId, headings }, at) => {
          const marking = markings[at] ?? null
          const variant = redacted.get(passageId)
          return {
            passageId,
            section: keys.hashSection(documentId, headings),
            sourceLabels: [...(marking?.source ?? [])],
            detectorLabels: [...(marking?.detector ?? [])],
            ...(marking && variant ? { redacted: boundTo(variant, marking) } : {}),
          }
        }),
      },
      bus.callFor(caller, { timeoutMs: leftMs, ...(signal ? { signal } : {}) }),
    )
    if (!told.ok) throw new Later(`${told.fault.code}: ${told.fault.detail}`)
    return told.value
  }
}

const boundTo = ({ hash, labels, hidesTitle }: Variant, marking: Marking) => ({
  hash,
  hidesTitle,
  labels: [...labels],
  marked: markedLabels(marking),
})
