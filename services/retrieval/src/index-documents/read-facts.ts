import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { Later } from './later.ts'

/** Facts of documents, and the workspace's revision that they were read at. */
export type ReadFacts = { documents: IndexFacts[]; ruleVersion: number; revision: number }

/** Facts of many documents may be too large for one message; then they are asked for by halves. */
export async function readFacts(
  access: Pick<Client<typeof accessContract>, 'indexFacts'>,
  documentIds: readonly string[],
  call: Call,
): Promise<ReadFacts> {
  const answer = await access.indexFacts({ documentIds: [...documentIds] }, call)
  if (answer.ok) return answer.value
  if (answer.fault.code !== 'bus.too-large' || documentIds.length < 2)
    throw new Later(`${answer.fault.code}: ${answer.fault.detail}`)
  const middle = Math.ceil(documentIds.length / 2)
  const first = await readFacts(access, documentIds.slice(0, middle), call)
  const second = await readFacts(access, documentIds.slice(middle), call)
  return {
    documents: [...first.documents, ...second.documents],
    ruleVersion: Math.max(first.ruleVersion, second.ruleVersion),
    revision: Math.min(first.revision, second.revision),
  }
}
