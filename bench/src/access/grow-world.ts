import { timed } from '../figures.ts'
import { settle } from './import-world.ts'
import type { Servers } from './servers.ts'
import type { World } from './world.ts'

const id = (column: string) =>
  `left(${column}, 4) || substr(encode(sha256((${column} || ' ' || $2)::bytea), 'hex'), 1, 26)`
const copies = [
  `insert into documents (workspace_id, document_id, data_source_id, deleted_rev, index_rev, signature)
   select workspace_id, ${id('document_id')}, data_source_id, null, index_rev, signature
   from documents where workspace_id = $1 and document_id = any($3)`,
  `insert into document_facts
     (workspace_id, document_id, layer, allow, deny, gates, deny_agents, state, content_version, from_rev, labels)
   select workspace_id, ${id('document_id')}, layer, allow, deny, gates, deny_agents, state, content_version, from_rev, labels
   from document_facts where workspace_id = $1 and document_id = any($3) and to_rev is null`,
  `insert into passage_facts (workspace_id, document_id, passage_id, layer, labels, from_rev)
   select workspace_id, ${id('document_id')}, ${id('passage_id')}, layer, labels, from_rev
   from passage_facts where workspace_id = $1 and document_id = any($3) and to_rev is null`,
]

/**
 * Makes copies of the documents that an import wrote, row by row under new ids, until there are `documents`: an import of a million would take longer than all
 * that is measured here. Their signatures are those of their originals.
 */
export async function growWorld(
  servers: Servers,
  world: World,
  documents: number,
  progress: (text: string) => void,
): Promise<void> {
  const { db, workspaceId } = servers
  const originals = world.documents.map(({ documentId }) => documentId)
  for (let copy = 1; (copy + 1) * originals.length <= documents; copy++) {
    for (const text of copies) await db.query(text, [workspaceId, String(copy), originals])
    if (copy % 10 === 0) progress(`${(copy + 1) * originals.length} documents`)
  }
  await settle(servers)
}

/** Inserts one copy and takes it back: what PostgreSQL takes for the rows of an import, without anything around it. Milliseconds. */
export async function insertCopies({ db, workspaceId }: Servers, world: World): Promise<number> {
  const originals = world.documents.map(({ documentId }) => documentId)
  const client = await db.connect()
  try {
    await client.query('begin')
    const { ms } = await timed(async () => {
      for (const text of copies) await client.query(text, [workspaceId, 'copy', originals])
    })
    await client.query('rollback')
    return ms
  } finally {
    client.release()
  }
}

/** Documents drawn from a grown world, with their passages as far as those carry labels, and one without. */
export async function sampleDocuments({ db, workspaceId }: Servers, count: number): Promise<World['documents']> {
  const { rows } = await db.query<World['documents'][number]>(
    `select f.document_id as "documentId", f.content_version as "contentVersion", d.data_source_id as "dataSourceId",
       array(select p.passage_id from passage_facts p where p.workspace_id = f.workspace_id and p.document_id = f.document_id and p.to_rev is null)
         || ('psg_' || substr(f.document_id, 5)) as passages
     from document_facts f tablesample system (5) join documents d using (workspace_id, document_id)
     where f.workspace_id = $1 and f.to_rev is null order by md5(f.document_id) limit $2`,
    [workspaceId, count],
  )
  return rows
}
