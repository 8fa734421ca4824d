import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'

export type VectorsStore = ReturnType<typeof createVectorsStore>

/** A text that was embedded: its document, and a keyed hash of it (`hashEmbedded`). */
export type Embeddable = { readonly documentId: string; readonly hash: string }

/**
 * The vectors of texts, by model and text, so that no text is sent twice: not when its labels or its access change, not when an index is lost or made anew. Each belongs to
 * a document: whether a text is known must not depend on other people's documents.
 */
export function createVectorsStore(db: RetrievalDatabase) {
  return {
    /** By hash; null for a text that has no direction. */
    async load(
      workspaceId: string,
      model: string,
      texts: readonly Embeddable[],
    ): Promise<Map<string, Float32Array | null>> {
      if (texts.length === 0) return new Map()
      const { rows } = await sql<{ hash: string; vector: Uint8Array }>`select hash, vector from vectors
        where workspace_id = ${workspaceId} and model = ${model} and document_id = any(${documentsOf(texts)}::text[])
          and hash = any(${texts.map(({ hash }) => hash)}::text[])`.execute(db)
      return new Map(rows.map(({ hash, vector }) => [hash, decode(vector)]))
    },

    async keep(
      workspaceId: string,
      model: string,
      embedded: readonly (Embeddable & { vector: Float32Array | null })[],
    ): Promise<void> {
      const rows = embedded.map(({ documentId, hash, vector }) => ({
        document_id: documentId,
        hash,
        vector: encode(vector),
      }))
      // A document that was removed meanwhile leaves nothing behind.
      await sql`insert into vectors (workspace_id, document_id, model, hash, vector)
        select d.workspace_id, d.document_id, ${model}, v.hash, decode(v.vector, 'base64')
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v (document_id text, hash text, vector text)
        join documents d on d.workspace_id = ${workspaceId} and d.document_id = v.document_id and not d.removed
        on conflict (workspace_id, document_id, model, hash) do nothing`.execute(db)
    },

    /** Drops what these documents no longer say. */
    async dropOthers(workspaceId: string, model: string, texts: readonly Embeddable[]): Promise<void> {
      await sql`delete from vectors where workspace_id = ${workspaceId} and model = ${model}
        and document_id = any(${documentsOf(texts)}::text[]) and hash <> all(${texts.map(({ hash }) => hash)}::text[])`.execute(
        db,
      )
    },
  }
}

const documentsOf = (texts: readonly Embeddable[]) => [...new Set(texts.map(({ documentId }) => documentId))]

const encode = (vector: Float32Array | null) =>
  vector ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64') : ''

function decode(stored: Uint8Array): Float32Array | null {
  if (stored.length === 0) return null
  // A copy, because what the driver gives may not begin where a float may.
  return new Float32Array(Uint8Array.from(stored).buffer)
}
