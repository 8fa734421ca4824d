import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import { analyzeGrown } from '../changes/analyze-grown.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { endClearances } from '../labels/clearances.store.ts'
import { mayDataSource } from '../people/may.ts'
import { findDataSource } from './data-sources.store.ts'
import { replaceDefinitions, replaceMemberships } from './directory.store.ts'
import { quarantineDenying } from './quarantine-denying.ts'

type Groups = Parameters<ReturnType<Make<'putDirectory'>>>[0]['groups']

/** Replaces what one data source says of its groups and who is in them. Nothing of the workspace or of another source is touched. */
export const putDirectory: Make<'putDirectory'> = ({ write }) =>
  async function putDirectory({ dataSourceId, groups }, call) {
    const errors = twice(groups)
    if (errors.length > 0) return fail(invalid(errors))
    return write(
      call,
      { operation: 'putDirectory', input: { dataSourceId, groups } },
      mayDataSource(dataSourceId),
      async (change) => {
        if (!(await findDataSource(change.trx, change.workspaceId, dataSourceId))) return fail(unknown('data source'))
        const definitions = await replaceDefinitions(change, dataSourceId, definitionsOf(dataSourceId, groups))
        await endClearances(change, definitions.ended)
        const memberships = await replaceMemberships(change, dataSourceId, membershipsOf(dataSourceId, groups))
        const changed = definitions.changed + memberships
        if (changed > 0) change.touch({ readers: true })
        await quarantineDenying(change, definitions.ended)
        await analyzeGrown(change, changed)
        return ok({ changed })
      },
    )
  }

const nameOf = (dataSourceId: string, kind: 'group' | 'container' | 'identity', nativeId: string) =>
  `${kind}:${dataSourceId}:${nativeId}`

const definitionsOf = (dataSourceId: string, groups: Groups) =>
  groups.map(({ kind, nativeId, title }) => ({ name: nameOf(dataSourceId, kind, nativeId), kind, title }))

function membershipsOf(dataSourceId: string, groups: Groups): { container: string; member: string }[] {
  return groups.flatMap(({ kind, nativeId, people, groups: nested, containers = [] }) => {
    const container = nameOf(dataSourceId, kind, nativeId)
    const members = [
      ...people.map((person) => nameOf(dataSourceId, 'identity', person)),
      ...nested.map((group) => nameOf(dataSourceId, 'group', group)),
      ...containers.map((parent) => nameOf(dataSourceId, 'container', parent)),
    ]
    return [...new Set(members)].map((member) => ({ container, member }))
  })
}

function twice(groups: Groups): FieldError[] {
  const seen = new Set<string>()
  return groups.flatMap(({ kind, nativeId }, index) => {
    const name = `${kind}:${nativeId}`
    const again = seen.has(name)
    seen.add(name)
    return again ? [{ field: `/groups/${index}/nativeId`, rule: 'must not stand in the list twice' }] : []
  })
}
