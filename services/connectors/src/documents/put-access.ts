import type { Bus } from '@tessera/shared/bus/bus'
import { ok } from '@tessera/shared/fault/result'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import type { AccessClient } from '../callers/authorize.ts'
import type { AccessFacts } from '../syncs/access-facts.ts'
import { mayPass } from '../syncs/step-failed.ts'
import { inTurns } from './in-turns.ts'

type Writing = { facts: AccessFacts; untilMs: number }
type DataSource = { id: string; workspace_id: string }

export type PutAccess = ReturnType<typeof createPutAccess>

const documentsPerCall = 100

/**
 * Writes the facts of pushed documents, and answers with the revision they hold at; nothing of it arrives after `untilMs`. Pushes of one data source at the same
 * time share a call: access-control writes one revision of a workspace after the other, so side by side they would only queue there.
 */
export function createPutAccess({ bus, access }: { bus: Bus; access: AccessClient }) {
  const write = (dataSource: DataSource, writings: readonly Writing[]) => {
    const timeoutMs = Math.min(...writings.map(({ untilMs }) => untilMs)) - Date.now()
    const documents = writings.map(({ facts }) => facts)
    return access.putDocumentAccess(
      { dataSourceId: dataSource.id, documents },
      asDataSource(bus, dataSource, { timeoutMs }),
    )
  }
  const writeAll = async (dataSource: DataSource, writings: readonly Writing[]) => {
    const together = await write(dataSource, writings)
    if (writings.length === 1 || together.ok || mayPass(together.fault)) return writings.map(() => together)
    // It is all or nothing, and one of them is refused: nobody else is to pay for that.
    const apart = []
    for (const writing of writings) apart.push(await write(dataSource, [writing]))
    return apart
  }
  const turnsOf = (dataSource: DataSource) =>
    inTurns(documentsPerCall, (writings: readonly Writing[]) => writeAll(dataSource, writings))
  const bySource = new Map<string, ReturnType<typeof turnsOf>>()
  return async function putAccess(dataSource: DataSource, writing: Writing) {
    const turns = bySource.get(dataSource.id) ?? turnsOf(dataSource)
    bySource.set(dataSource.id, turns)
    const written = await turns(writing)
    return written.ok ? ok({ revision: written.value.revision }) : failFromAccessWrite(written.fault)
  }
}
