import type { SourceGroup } from '../sources/source.ts'
import { factsOf, hashOfFacts, messagesOf } from './access-facts.ts'
import { type ListedContext, must } from './sync-context.ts'

const pageSize = 500

/**
 * Puts the rights of a listing into force for everything that is known already, before any content is looked at: a revocation must not wait
 * for a slow index. Groups that go are ended after the documents that still name them: until then a deny on one would deny nobody.
 */
export async function applyAccess(context: ListedContext): Promise<void> {
  const { db, lease, listing } = context
  const { directory } = await db
    .selectFrom('data_sources')
    .select('directory')
    .where('id', '=', lease.dataSource.id)
    .executeTakeFirstOrThrow()
  const kept = new Set(listing.groups.map(({ nativeId }) => nativeId))
  const going = (directory ?? []).filter(({ nativeId }) => !kept.has(nativeId))
  await putDirectory(context, [...listing.groups, ...going])
  await context.boundary('directory-sent')
  await applyToKnownDocuments(context)
  if (going.length > 0) await putDirectory(context, listing.groups)
  await lease.write((trx) =>
    trx
      .updateTable('data_sources')
      .set({ directory: JSON.stringify(listing.groups) })
      .where('id', '=', lease.dataSource.id)
      .execute(),
  )
  await must(context.access.confirmFresh({ dataSourceId: lease.dataSource.id }, lease.callFor(5000)))
}

async function putDirectory({ access, lease }: ListedContext, groups: readonly SourceGroup[]): Promise<void> {
  const input = {
    dataSourceId: lease.dataSource.id,
    groups: groups.map(({ nativeId, title, people, groups: nested }) => ({
      nativeId,
      kind: 'group' as const,
      title,
      people: [...people],
      groups: [...nested],
    })),
  }
  await must(access.putDirectory(input, lease.callFor(30_000)))
}

async function applyToKnownDocuments(context: ListedContext): Promise<void> {
  const { db, lease } = context
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('documents as d')
      .leftJoin('documents as parent', 'parent.id', 'd.parent_id')
      // An attachment stands where that stands in which it lies.
      .select((row) => [
        'd.id',
        row.fn.coalesce('parent.external_id', 'd.external_id').as('place'),
        'd.content_version',
        'd.access_hash',
      ])
      .where('d.data_source_id', '=', lease.dataSource.id)
      .where('d.state', '=', 'live')
      .where('d.id', '>', after)
      .orderBy('d.id')
      .limit(pageSize)
      .execute()
    const changed = rows.flatMap((row) => {
      const facts = factsOf(context.listing, lease.dataSource.id, row)
      const hash = hashOfFacts(facts)
      return hash === row.access_hash ? [] : [{ facts, hash }]
    })
    for (const message of messagesOf(changed)) await sendFacts(context, message)
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = last.id
  }
}

async function sendFacts(context: ListedContext, message: { facts: ReturnType<typeof factsOf>; hash: string }[]) {
  const { access, lease } = context
  const input = { dataSourceId: lease.dataSource.id, documents: message.map(({ facts }) => facts) }
  const { revision } = await must(access.putDocumentAccess(input, lease.callFor(10_000)))
  await context.boundary('access-sent')
  await lease.advance(async (trx) => {
    for (const { facts, hash } of message) {
      await trx
        .updateTable('documents')
        .set({ access_hash: hash, access_revision: revision, changed_in: lease.syncId })
        .where('id', '=', facts.documentId)
        .execute()
    }
  })
}
