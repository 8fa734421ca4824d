import type { Call } from '@tessera/shared/bus/call'
import type { ProposedChange } from '@tessera/shared/contracts/access-control/questions'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../../database.ts'
import { isDelegate, spaceOfDocument } from '../../people/delegates.ts'

/** The spaces that these changes are made in, if the caller could make each of them as a delegate; undefined if not. */
export async function delegatedSpaces(
  db: Kysely<AccessTables>,
  call: Call,
  changes: readonly ProposedChange[],
): Promise<string[] | undefined> {
  const spaces = new Set<string>()
  for (const change of changes) {
    const space = await spaceOf(db, call.caller.workspaceId, change)
    if (space === undefined) return undefined
    spaces.add(space)
  }
  for (const space of spaces) if (!(await isDelegate(db, call, space))) return undefined
  return [...spaces]
}

async function spaceOf(
  db: Kysely<AccessTables>,
  workspaceId: string,
  change: ProposedChange,
): Promise<string | undefined> {
  switch (change.type) {
    case 'membership.added':
    case 'membership.removed':
      return change.container.startsWith('space:') ? change.container : undefined
    case 'document.changed':
      return spaceOfDocument(db, workspaceId, change.documentId)
    case 'clearances.set':
    case 'label.defined':
    case 'label.deleted':
    case 'user.changed':
    case 'policies.published':
      return undefined
  }
}
