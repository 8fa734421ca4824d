import type { Citation } from '@tessera/shared/contracts/agents'
import { type Static, Type } from 'typebox'

/** A citation as OpenAI's clients know it, with our ids beside it. */
export const Annotation = Type.Object({
  type: Type.Literal('url_citation'),
  url_citation: Type.Object({
    start_index: Type.Integer(),
    end_index: Type.Integer(),
    title: Type.String(),
    url: Type.String({ description: "The document's own address, else the path of GET /v1/citations/{id}." }),
  }),
  tessera: Type.Object({ marker: Type.String(), passage_id: Type.String(), document_id: Type.String() }),
})
export type Annotation = Static<typeof Annotation>

export const annotationOf = ({ marker, passageId, documentId, title, url, start, end }: Citation): Annotation => ({
  type: 'url_citation',
  url_citation: { start_index: start, end_index: end, title, url: url ?? `/v1/citations/${passageId}` },
  tessera: { marker, passage_id: passageId, document_id: documentId },
})
