import type { Change } from '../changes/writer.ts'
import type { PrincipalRow } from './principals.store.ts'

/** A definition of a name of the workspace itself. */
export type NewPrincipal = Pick<
  PrincipalRow,
  'name' | 'kind' | 'title' | 'state' | 'guest' | 'roles' | 'issuer' | 'subject'
>

export const differs = (row: Omit<NewPrincipal, 'name'> | undefined, to: NewPrincipal): boolean =>
  !row ||
  row.title !== to.title ||
  row.state !== to.state ||
  row.guest !== to.guest ||
  row.issuer !== to.issuer ||
  row.subject !== to.subject ||
  row.roles.toSorted().join() !== to.roles.toSorted().join()

/** Ends what these names were defined as, and defines them so: two statements for however many. */
export async function replacePrincipals(change: Change, principals: readonly NewPrincipal[]): Promise<void> {
  if (principals.length === 0) return
  change.touch({ readers: true })
  const { trx, workspaceId, revision } = change
  const names = principals.map(({ name }) => name)
  await trx
    .updateTable('principals')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('name', '=', where.fn.any(where.val(names))))
    .where('to_rev', 'is', null)
    .execute()
  await trx
    .insertInto('principals')
    .values(
      principals.map((principal) => ({
        workspace_id: workspaceId,
        data_source_id: null,
        ...principal,
        from_rev: revision,
        to_rev: null,
      })),
    )
    .execute()
}
