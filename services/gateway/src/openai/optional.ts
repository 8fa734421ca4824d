import { type TSchema, Type } from 'typebox'

/** A field that this API allows to be null. */
export const optional = <T extends TSchema>(schema: T, description?: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], description ? { description } : {}))
