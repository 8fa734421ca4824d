import { type Static, Type } from 'typebox'
import { IdOf } from '../../ids/ids.ts'
import { Label } from '../access-control/common.ts'
import { MediaType } from '../media-types.ts'
import { Timestamp, View } from '../names.ts'

export const Authors = Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
  maxItems: 50,
  description: 'Who wrote it, as its source names them.',
})

const Count = Type.Integer({ minimum: 1 })
const counted = <K extends string>(kind: K) => Type.Object({ kind: Type.Literal(kind), first: Count, last: Count })

/** Where in its file a passage stands, as far as its format has such places; all counted from 1, as the programs that show the files do. */
export const Place = Type.Union([
  counted('pages'),
  counted('slides'),
  counted('lines'),
  counted('messages'),
  Type.Object({
    kind: Type.Literal('cells'),
    sheet: Type.Optional(Type.String({ description: 'Absent where there is one table alone.' })),
    range: Type.String({ description: 'As `B2:D14`, without the header row.' }),
  }),
])
export type Place = Static<typeof Place>

/**
 * Where in its document a passage stands: blocks counted from 0. With the full view also characters of the document's text (that of its blocks, a blank line between
 * each two; `end` not included) and the place in the file; below it, by block alone (ACCESS.md section 4).
 */
export const Position = Type.Object({
  firstBlock: Type.Integer(),
  lastBlock: Type.Integer(),
  characters: Type.Optional(Type.Object({ start: Type.Integer(), end: Type.Integer() })),
  place: Type.Optional(Place),
})

/** A passage as a reader gets it. `text` is that of `view`, and nothing of what lies above it. */
export const Passage = Type.Object({
  passageId: IdOf('psg'),
  documentId: IdOf('doc'),
  dataSourceId: IdOf('src'),
  contentVersion: IdOf('ver'),
  view: View,
  entitledView: View,
  title: Type.String(),
  headings: Type.Array(Type.String(), { description: 'The headings above it, outermost first.' }),
  text: Type.String(),
  /** Address, external id and authors are texts too (ACCESS.md section 4), and a masked one leads nowhere: only with the full view. */
  url: Type.Optional(Type.String()),
  externalId: Type.Optional(Type.String()),
  authors: Type.Optional(Authors),
  mediaType: Type.Optional(MediaType),
  updatedAt: Type.Optional(Timestamp),
  position: Position,
  hash: Type.String(),
  labels: Type.Array(Label, { description: 'What it carries now, its document included: for read sets.' }),
})
export type Passage = Static<typeof Passage>
