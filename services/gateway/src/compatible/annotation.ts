import type { Citation } from '@tessera/shared/contracts/agents'
import { type Static, Type } from 'typebox'

/** Our ids of a citation, beside what each API calls one. */
export const OwnCitation = Type.Object({ marker: Type.String(), passage_id: Type.String(), document_id: Type.String() })

/** A citation before it takes the shape of an API. */
export type Annotation = {
  /** Where its marker stands in the answer, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  readonly title: string
  /** The document's own address, else the path of GET /v1/citations/{id}. */
  readonly url: string
  readonly tessera: Static<typeof OwnCitation>
}

export const annotationOf = ({ marker, passageId, documentId, title, url, start, end }: Citation): Annotation => ({
  ...{ start, end, title },
  url: url ?? `/v1/citations/${passageId}`,
  tessera: { marker, passage_id: passageId, document_id: documentId },
})
