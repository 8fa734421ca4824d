import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import { requirePusher } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import { fault, orUnavailable } from '../faults.ts'
import type { DeliverDeps } from './deliver.ts'

/** Replaces the groups of a pushed data source. They are of this data source alone: their names carry its id. */
export const createPutDirectory =
  ({
    db,
    bus,
    access,
  }: Pick<DeliverDeps, 'db' | 'bus' | 'access'>): HandlerOf<
    (typeof connectorsContract)['operations']['putDirectory']
  > =>
  ({ dataSourceId, groups }, call) =>
    orUnavailable(async () => {
      const allowed = await requirePusher(access, dataSourceId, call)
      if (!allowed.ok) return allowed
      const dataSource = await getDataSource(db, call.caller.workspaceId, dataSourceId)
      if (!dataSource) return fail(fault('not-found', 'No such data source here.'))
      if (dataSource.kind !== 'push') {
        return fail(fault('invalid', 'The groups of this data source come from its connection.'))
      }
      const seen = new Set<string>()
      for (const [index, { nativeId }] of groups.entries()) {
        if (seen.has(nativeId)) {
          const errors = [{ field: `/groups/${index}/nativeId`, rule: 'must not stand twice' }]
          return fail(fault('invalid', `The group ${JSON.stringify(nativeId)} stands twice.`, { errors }))
        }
        seen.add(nativeId)
      }
      const directory = groups.map(({ title, ...group }) => ({
        ...group,
        kind: 'group' as const,
        title: title ?? group.nativeId,
      }))
      const written = await access.putDirectory(
        { dataSourceId, groups: directory },
        asDataSource(bus, dataSource, { timeoutMs: call.deadlineMs - Date.now(), signal: call.signal }),
      )
      return written.ok ? ok(written.value) : failFromAccessWrite(written.fault)
    })
