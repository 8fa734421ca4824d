import { Type } from 'typebox'

/** Characters that a database keeps as they are: PostgreSQL takes no NUL and no half of a surrogate pair, and one such row would take others down with it. */
export const keptCharacter = String.raw`[^\u0000\ud800-\udfff]`

/** The same without control characters, for names. */
export const nameCharacter = String.raw`[^\u0000-\u001f\ud800-\udfff]`

/** A caller's own notes of a request. */
export const Metadata = Type.Record(
  Type.String({ pattern: `^${keptCharacter}{1,64}$` }),
  Type.String({ maxLength: 512, pattern: `^${keptCharacter}*$` }),
  { maxProperties: 16 },
)
